import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AliasedFunction, type Handler, HandlerBundle } from '../../lib/functions';
import { systemHandlerIn } from '../../lib/functions/system-handler';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'system-'));
  mkdirSync(join(root, 'sources/relay'), { recursive: true });
  writeFileSync(
    join(root, 'sources/relay.ts'),
    `import { logic } from './relay/logic'; export const handler = () => logic;`,
  );
  writeFileSync(join(root, 'sources/relay/logic.ts'), `export const logic = 'relayed';`);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function template(...handlers: Handler[]): object {
  const stack = new Stack(new App({ context: {} }), 'Shop');
  for (const [i, handler] of handlers.entries()) new AliasedFunction(stack, `F${i}`, { handler });
  return Template.fromStack(stack).toJSON();
}

describe('systemHandler', () => {
  test('is the same from source and prebuilt', () => {
    const sources = join(root, 'sources');
    const built = join(root, 'built');
    const [relay] = HandlerBundle.fromDirectory(sources)._packages();
    cpSync(relay!.folder, join(built, 'relay'), { recursive: true });
    writeFileSync(join(built, 'hashes.json'), JSON.stringify({ relay: relay!.hash }));
    expect(template(systemHandlerIn(built, 'relay'))).toEqual(template(systemHandlerIn(sources, 'relay')));
  });

  test('one handler serves two stacks of an app', () => {
    const app = new App({ context: {} });
    const handler = systemHandlerIn(join(root, 'sources'), 'relay');
    const stacks = ['A', 'B'].map((name) => new Stack(app, name));
    for (const stack of stacks) new AliasedFunction(stack, 'Relay', { handler });
    const [a, b] = stacks.map((stack) => Template.fromStack(stack).findResources('AWS::Lambda::Function'));
    expect(Object.values(a!)[0]!.Properties.Code).toEqual(Object.values(b!)[0]!.Properties.Code);
  });

  test('fails for an unknown name', () => {
    expect(() => systemHandlerIn(root, 'relay')).toThrow("there is no system handler 'relay'");
    expect(() => systemHandlerIn(join(root, 'sources'), 'logic')).toThrow("there is no system handler 'logic'");
  });
});
