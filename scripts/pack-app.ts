import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './run';

/** Imports every entry point as JavaScript does, by `import` and by `require`. */
const ENTRY_POINTS_MJS = `
import * as runtime from 'cdk-breakwater/runtime';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
for (const name of ['routes', 'worker', 'table']) {
  if (typeof runtime[name] !== 'function') throw new Error('cdk-breakwater/runtime has no ' + name);
  if (typeof require('cdk-breakwater/runtime')[name] !== 'function') throw new Error('its CommonJS entry point has no ' + name);
}
if (Object.keys(require('cdk-breakwater/testing')).length === 0) throw new Error('cdk-breakwater/testing is empty');
`;

/**
 * Uses the types as handlers do: with `declaration`, each inferred type must have a name that the
 * app can import.
 */
const TYPES_TS = `
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { HandlerBundle, ShardedTable } from 'cdk-breakwater';
import { json, routes, schema, signedFetch, table, transact, worker } from 'cdk-breakwater/runtime';
import * as testing from 'cdk-breakwater/testing';
const stack = new Stack(new App(), 'Elsewhere');
export const orders = new ShardedTable(stack, 'Orders', { partitionKey: { name: 'id', type: AttributeType.STRING } });
export const bundle = HandlerBundle;
export const hello = routes({ 'GET /hello/{name}': ({ params }) => json(200, { hello: params.name }) });
export const work = worker(async (message) => console.log(message.id));
export const rows = table('Orders');
export const order = schema.object({ id: schema.string() });
export const more = { signedFetch, transact };
export const names = Object.keys(testing);
`;

/**
 * Stores a parcel with a message in the deployed app, and waits until the worker has handled the
 * message. A message that the worker refuses remains in a queue.
 */
const SEND_MJS = `
import { DynamoDBClient, DescribeTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Connection, table } from 'cdk-breakwater/runtime';
const client = new DynamoDBClient();
const { TableNames } = await client.send(new ListTablesCommand());
let mapTable;
for (const TableName of TableNames) {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  if (Table.KeySchema[0].AttributeName === 'table') mapTable = TableName;
}
const parcels = table('Parcels', { connection: new Connection({ mapTable }, { client }) });
const parcel = { parcelId: 'P1', address: '1 Quay Street' };
await parcels.put(parcel, { outbox: [{ to: 'Labels', body: { parcelId: 'P1' } }] });
const sqs = new SQSClient();
const { QueueUrls } = await sqs.send(new ListQueuesCommand());
const held = async () => {
  const answers = await Promise.all(
    QueueUrls.map((QueueUrl) => sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))),
  );
  return answers.reduce(
    (sum, { Attributes: a }) =>
      sum + Number(a.ApproximateNumberOfMessages) + Number(a.ApproximateNumberOfMessagesNotVisible),
    0,
  );
};
const until = async (what, isSo) => {
  const end = Date.now() + 30_000;
  while (!(await isSo())) if (Date.now() > end) throw new Error('within 30 s ' + what);
};
await until('the relay must send the message', async () => (await held()) > 0);
await until('the worker must take the message', async () => (await held()) === 0);
`;

/** An older compiler, which is installed under its own name beside the compiler of `cdk init`. */
export const OLDER_TYPESCRIPT = { name: 'typescript-5', version: '5.9.3' };

/** A compiler with a configuration for module resolution. */
export interface Compilation {
  /** Folder with the compilation's tsconfig.json in the app. */
  readonly folder: string;
  /** Location of the compiler: in the app, or in this repository. */
  readonly compiler: 'app' | 'here';
  readonly options: Readonly<Record<string, string>>;
}

/**
 * Compilations in addition to the app's own command, which uses NodeNext and the compiler of `cdk
 * init`. They cover older compilers and other module resolutions.
 */
export const COMPILATIONS: readonly Compilation[] = [
  { folder: 'types/5-nodenext', compiler: 'app', options: { module: 'nodenext', moduleResolution: 'nodenext' } },
  { folder: 'types/5-classic', compiler: 'app', options: { module: 'commonjs', moduleResolution: 'node10' } },
  { folder: 'types/6-bundler', compiler: 'here', options: { module: 'preserve', moduleResolution: 'bundler' } },
];

interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/**
 * Applies README's steps to an app of `cdk init`, and adds the files of this test.
 * @returns the fault of README; undefined if there is none
 */
export function fill(app: string, tarball: string): string | undefined {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const blocks = readme.matchAll(/`((?:bin|test)\/[\w./-]+\.ts)`[^`]*\n```ts\n([\s\S]*?)^```$/gm);
  const files: Record<string, string> = {
    'entry-points.mjs': ENTRY_POINTS_MJS,
    'send.mjs': SEND_MJS,
    ...Object.fromEntries([...blocks].map(([, path, code]) => [path, code])),
  };
  for (const path of ['bin/parcels.ts', 'bin/handlers/labels.ts', 'test/labels.test.ts'])
    if (files[path] === undefined) return `README must name the file ${path} right before its code`;
  for (const { folder, options } of COMPILATIONS) {
    files[`${folder}/types.ts`] = TYPES_TS;
    files[`${folder}/tsconfig.json`] = JSON.stringify({
      compilerOptions: {
        ...options,
        target: 'es2022',
        strict: true,
        noEmit: true,
        declaration: true,
        skipLibCheck: true,
        types: ['node'],
        typeRoots: ['../../node_modules/@types'],
      },
      files: ['types.ts'],
    });
  }
  // The app's own compiler checks only README's code.
  files['tsconfig.json'] = readFileSync(join(app, 'tsconfig.json'), 'utf8').replace(
    '"exclude": [',
    '"exclude": ["types",',
  );
  for (const folder of ['lib', 'test']) rmSync(join(app, folder), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), content);
  }
  cpSync(join(ROOT, '.npmrc'), join(app, '.npmrc'));
  return addPackages(app, tarball, installLine(readme));
}

/** Names of the packages in README's install command. */
function installLine(readme: string): string[] {
  return [...readme.matchAll(/^npm install (.*?)(?: +#.*)?$/gm)].flatMap(([, line = '']) =>
    line.split(/\s+/).filter((word) => word !== '' && !word.startsWith('-') && !word.startsWith('.')),
  );
}

/**
 * Adds packages to the app's package.json, in the versions that this repository uses. So npm has
 * most of them in its cache.
 */
function addPackages(app: string, tarball: string, names: readonly string[]): string | undefined {
  const { devDependencies: known } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const unknown = names.filter((name) => known[name] === undefined);
  if (unknown.length > 0) return `README's install lines must name packages of package.json, got ${unknown.join(', ')}`;
  const file = join(app, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  for (const name of names) manifest.dependencies[name] = known[name] ?? '';
  for (const name of Object.keys(manifest.devDependencies)) {
    // The app keeps the compiler version of `cdk init`.
    if (name !== 'typescript') manifest.devDependencies[name] = known[name] ?? manifest.devDependencies[name] ?? '';
  }
  manifest.devDependencies[OLDER_TYPESCRIPT.name] = `npm:typescript@${OLDER_TYPESCRIPT.version}`;
  manifest.dependencies['cdk-breakwater'] = `file:../${tarball}`;
  writeFileSync(file, JSON.stringify(manifest));
  return undefined;
}

/** Resource types that are missing in README's example. */
export function missingIn(assembly: string): string[] {
  const { Resources } = JSON.parse(readFileSync(join(assembly, 'Parcels.template.json'), 'utf8')) as {
    Resources: Record<string, { Type: string }>;
  };
  const count = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type).length;
  return Object.entries({ 'AWS::DynamoDB::Table': 5, 'AWS::SQS::Queue': 2, 'AWS::Lambda::Function': 3 }).flatMap(
    ([type, least]) => (count(type) < least ? [`${least} ${type}, got ${count(type)}`] : []),
  );
}
