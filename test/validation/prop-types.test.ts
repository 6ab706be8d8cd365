import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Code } from 'aws-cdk-lib/aws-lambda';
import * as library from '../../lib';

/** The library as JavaScript sees it: without types. */
// biome-ignore lint/suspicious/noExplicitAny: callers without a type checker are the subject.
const bw = library as any;
const API = readFileSync(path.join(__dirname, '../../API.md'), 'utf8');
const HANDLER = bw.Handler.fromCode(Code.fromInline('exports.handler = async () => 1;'), 'index.handler');
const partitionKey = { name: 'id', type: AttributeType.STRING };

/** Valid props of each construct with props. */
const VALID: Record<string, (stack: Stack) => object> = {
  AdoptedTable: (stack) => ({ table: new Table(stack, 'Old', { partitionKey }), partitionKey }),
  AliasedFunction: () => ({ handler: HANDLER }),
  Breakwater: () => ({}),
  DocumentStore: () => ({}),
  EdgeDistribution: () => ({}),
  FloorController: () => ({}),
  Keyring: () => ({}),
  MicroModule: () => ({ handler: HANDLER, routes: [bw.Route.get('/x', { access: bw.Access.ANYONE })] }),
  OidcIdentity: () => ({ issuer: 'https://id.example.com', audience: 'shop' }),
  Operations: () => ({}),
  PredictiveScaling: (stack) => ({
    target: new bw.AliasedFunction(stack, 'F', {
      handler: HANDLER,
      scaling: bw.Scaling.provisioned({ min: 1, max: 5 }),
    }),
  }),
  Quarantine: () => ({}),
  QueueWorker: () => ({ handler: HANDLER }),
  Relay: () => ({}),
  ShardedTable: () => ({ partitionKey }),
  UserPoolIdentity: () => ({}),
  WebAcl: () => ({}),
};

/** Values, and the types of API.md that each of them has. */
const VALUES: readonly [string, unknown, RegExp][] = [
  ['a number', 5, /^number$/],
  ['a text', 'x', /^string$/],
  ['a flag', true, /^boolean$/],
  // Structs and maps of texts may be empty.
  ['an empty object', {}, /Options$|^\{|WarmThroughput$|SubnetSelection$/],
  ['an object', { a: 5 }, /SubnetSelection$/],
  ['a list', [], /\[\]$/],
  ['a list of null', [null], /^$/],
  ['a list of numbers', [5], /^$/],
  ['null', null, /^$/],
  ['a function', () => 1, /^$/],
];

/** The props of a construct, with their types, as API.md lists them. */
function propsOf(name: string): [string, string][] {
  const row = /id|property\.(\w+)">\1<\/a><\/code> \| <code>(.*?)<\/code> \|/g;
  const [, section = ''] = API.split(`\n### ${propsTypeOf(name)} <a `);
  const table = section.split('\n### ')[0] ?? '';
  return [...table.matchAll(row)].flatMap(([, prop, type = '']) =>
    prop === undefined ? [] : [[prop, type.replace(/<[^>]*>/g, '').replaceAll('&#124;', '|')]],
  );
}

function propsTypeOf(name: string): string | undefined {
  return new RegExp(`^new ${name}\\(scope: Construct, id: string, props\\??: (\\w+)\\)$`, 'm').exec(API)?.[1];
}

test('each construct with props has a row here', () => {
  const constructs = [...API.matchAll(/^new (\w+)\(scope: Construct, id: string, props\??: \w+\)$/gm)];
  expect([...new Set(constructs.map(([, name]) => name))].sort()).toEqual(Object.keys(VALID).sort());
});

const CASES = Object.keys(VALID).flatMap((name) =>
  propsOf(name).map(([prop, type]): [string, string, string] => [name, prop, type]),
);

test('API.md lists the props', () => {
  expect(CASES.length).toBeGreaterThan(90);
});

/** A wrong type gets an error of this library in the constructor, and no TypeError or CDK error at synth. */
test.each(CASES)('from JavaScript: %s.%s must be a %s', (name, prop, type) => {
  for (const [label, value] of VALUES.filter(([, , fits]) => !fits.test(type))) {
    const stack = new Stack(new App(), 'S', { env: { region: 'us-east-1' } });
    const props = { ...VALID[name]?.(stack), [prop]: value };
    let caught: unknown = `accepted ${label}`;
    try {
      new bw[name](stack, 'X', props);
    } catch (error) {
      caught = error;
    }
    expect([label, caught]).toEqual([label, expect.objectContaining({ name: 'BreakwaterError' })]);
    expect((caught as Error).message).toMatch(/^S\/X[^:]*: /);
  }
});
