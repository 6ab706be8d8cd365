import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { type SynthesizeProps, synthesizeApp } from '../../../local/assembly';

/** An app without the CDK, which is slow to load: it writes the assembly that its context asks for. */
const APP = `
const { writeFileSync, readFileSync } = require('node:fs');
const { CDK_OUTDIR: out, CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
const overflow = process.env.CONTEXT_OVERFLOW_LOCATION_ENV;
const context = JSON.parse(overflow ? readFileSync(overflow, 'utf8') : process.env.CDK_CONTEXT_JSON);
const environment = context.environment ?? 'aws://' + account + '/' + region;
const missing = (context.asks ?? []).filter(({ key }) => context[key] === undefined);
writeFileSync(out + '/Shop.template.json', JSON.stringify({ Resources: {}, Metadata: { context, region } }));
const artifacts = { Shop: { type: 'aws:cloudformation:stack', environment } };
if (context.second) artifacts.Second = { ...artifacts.Shop, environment: 'aws://' + account + '/eu-central-1', properties: { templateFile: 'Shop.template.json' } };
writeFileSync(out + '/manifest.json', JSON.stringify({ artifacts, missing }));
console.log('synthesized for', account);
if (context.fails) { console.error('TypeError: no such bucket'); process.exit(3); }
`;

let folder: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'synthesize-'));
  mkdirSync(path.join(folder, 'app'));
  writeFileSync(path.join(folder, 'app', 'app.cjs'), APP);
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function synthesize(cdkJson: object, props: Partial<SynthesizeProps> = {}) {
  writeFileSync(path.join(folder, 'app', 'cdk.json'), JSON.stringify({ app: 'node app.cjs', ...cdkJson }));
  return synthesizeApp({
    appDirectory: path.join(folder, 'app'),
    outputDirectory: path.join(folder, 'out'),
    account: '000000000000',
    region: 'us-east-1',
    line: (text) => lines.push(text),
    ...props,
  });
}
/** The context that the app got. */
const contextOf = async (...args: Parameters<typeof synthesize>) =>
  (await synthesize(...args)).stacks[0]!.template as unknown as { Metadata: { context: Record<string, unknown> } };

test("the app gets the context of cdk.json, of cdk.context.json and of the caller, and the CDK CLI's own", async () => {
  writeFileSync(path.join(folder, 'app', 'cdk.context.json'), JSON.stringify({ a: 'looked up', b: 'looked up' }));
  const { Metadata } = await contextOf({ context: { b: 'stated', c: 'stated' } }, { context: { c: 'given' } });
  expect(Metadata.context).toMatchObject({
    a: 'looked up',
    b: 'stated',
    c: 'given',
    'aws:cdk:enable-path-metadata': true,
    'aws:cdk:version-reporting': false,
  });
});

test('context that is too large for a variable goes through a file', async () => {
  const large = 'x'.repeat(200_000);
  const { Metadata } = await contextOf({ context: { large } });
  expect(Metadata.context['large']).toBe(large);
});

test('stacks that state no account and Region get the default; stated ones are kept', async () => {
  const { stacks } = await synthesize({ context: { second: true } });
  expect(stacks.map(({ id, account, region }) => [id, account, region])).toEqual([
    ['Shop', '000000000000', 'us-east-1'],
    ['Second', '000000000000', 'eu-central-1'],
  ]);
});

test('one stated account becomes the default, so that all stacks are of it', async () => {
  const { stacks } = await synthesize({ context: { environment: 'aws://123456789012/eu-west-1', second: true } });
  expect(stacks.map(({ account }) => account)).toEqual(['123456789012', '123456789012']);
});

test('a lookup without a value is answered, said, and not written to cdk.context.json', async () => {
  const file = path.join(folder, 'app', 'cdk.context.json');
  const known = JSON.stringify({ 'zones:known': ['x'] });
  writeFileSync(file, known);
  const asks = [
    { key: 'zones:known', provider: 'availability-zones', props: { region: 'us-east-1' } },
    { key: 'zones:1', provider: 'availability-zones', props: { region: 'us-east-1' } },
    { key: 'vpc:1', provider: 'vpc-provider', props: { region: 'us-east-1' } },
  ];
  const lookup: SynthesizeProps['lookup'] = async ({ provider }) =>
    provider === 'vpc-provider' ? { value: { vpcId: 'vpc-1' }, source: 'the local AWS emulator' } : undefined;
  const { Metadata } = await contextOf({ context: { asks } }, { lookup });
  expect(Metadata.context['zones:1']).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
  expect(Metadata.context['vpc:1']).toEqual({ vpcId: 'vpc-1' });
  expect(lines).toEqual([
    expect.stringMatching(/^lookup zones:1: .*placeholder$/),
    expect.stringMatching(/^lookup vpc:1: .*the local AWS emulator$/),
  ]);
  expect(readFileSync(file, 'utf8')).toBe(known);
});

test('a lookup that nothing answers is refused by its name', async () => {
  const asks = [{ key: 'weather:1', provider: 'plugin', props: {} }];
  await expect(synthesize({ context: { asks } })).rejects.toThrow(
    /must have their values.*:\n {2}plugin \(weather:1\)/,
  );
});

test('an app that fails ends with its own output, its command and its code', async () => {
  await expect(synthesize({ context: { fails: true } })).rejects.toThrow(
    /the app failed to synthesize: "app" of cdk\.json, 'node app\.cjs', ended with code 3:[\s\S]*TypeError: no such bucket/,
  );
});

test('the build command runs first', async () => {
  await expect(synthesize({ build: 'echo broken; exit 2' })).rejects.toThrow(
    /"build" of cdk\.json.*code 2:\n {2}broken/,
  );
});

test.each([
  ['has no app', '{}', /"app" in .*cdk\.json must be the command/],
  ['is no JSON', '{', /cdk\.json must be JSON/],
])('a cdk.json that %s is refused in one line', async (_, text, message) => {
  writeFileSync(path.join(folder, 'app', 'cdk.json'), text);
  const props = { appDirectory: path.join(folder, 'app'), outputDirectory: path.join(folder, 'out') };
  const place = { account: '000000000000', region: 'us-east-1', line: () => undefined };
  await expect(synthesizeApp({ ...props, ...place })).rejects.toThrow(message);
});

test('a folder without cdk.json is refused in one line', async () => {
  const props = { appDirectory: folder, outputDirectory: path.join(folder, 'out'), line: () => undefined };
  await expect(synthesizeApp({ ...props, account: '000000000000', region: 'us-east-1' })).rejects.toThrow(
    /cdk\.json, got none in/,
  );
});

test('an app that writes no assembly is told to call app.synth()', async () => {
  await expect(synthesize({ app: 'true' })).rejects.toThrow(/no manifest\.json .*: call app\.synth\(\)/);
});

test('an assembly that is ready is read as it is', async () => {
  await synthesize({});
  const ready = await synthesize({ app: '../out' }, { outputDirectory: path.join(folder, 'other') });
  expect(ready.directory).toBe(path.join(folder, 'out'));
});
