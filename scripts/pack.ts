import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, type Ended, ROOT, run, runNode } from './run';

const APP_JS = `
const { App, Stack } = require('aws-cdk-lib');
const { AttributeType } = require('aws-cdk-lib/aws-dynamodb');
const { ShardedTable } = require('cdk-breakwater');
const app = new App({ outdir: 'out' });
const stack = new Stack(app, 'Elsewhere');
new ShardedTable(stack, 'Orders', { partitionKey: { name: 'customerId', type: AttributeType.STRING }, shards: 2 });
const template = app.synth().getStackByName('Elsewhere').template;
const tables = Object.values(template.Resources).filter((r) => r.Type.startsWith('AWS::DynamoDB::'));
if (tables.length < 3) throw new Error('expected two shards and a map table, got ' + tables.length + ' tables');
`;
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
const TYPES_TS = `
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { ShardedTable } from 'cdk-breakwater';
import { json, routes } from 'cdk-breakwater/runtime';
import * as testing from 'cdk-breakwater/testing';
const stack = new Stack(new App(), 'Elsewhere');
export const table = new ShardedTable(stack, 'Orders', { partitionKey: { name: 'id', type: AttributeType.STRING } });
export const handler = routes({ 'GET /hello/{name}': ({ params }) => json(200, { hello: params['name'] }) });
export const names = Object.keys(testing);
`;

/**
 * Packs the package, installs it in a folder of its own and uses it there: a synth from JavaScript, every entry point, and the types.
 * Needs build/. The peers come from npm's cache, where `npm ci` has just put them.
 */
export async function packTest(): Promise<Ended> {
  // Outside of the repository: what the package forgets to bring must not be found above it.
  const elsewhere = mkdtempSync(join(tmpdir(), 'breakwater-pack-'));
  try {
    return await useElsewhere(elsewhere);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

async function useElsewhere(elsewhere: string): Promise<Ended> {
  mkdirSync(join(elsewhere, 'app'), { recursive: true });
  const npm = process.env['npm_execpath']?.endsWith('.js')
    ? (args: string[], cwd: string) => runNode([process.env['npm_execpath']!, ...args], { cwd, timeout: 240 })
    : (args: string[], cwd: string) => run('npm', args, { cwd, timeout: 240 });
  const packed = await npm(['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', elsewhere], ROOT);
  if (packed.code !== 0) return packed;
  const tarball = readdirSync(elsewhere).find((name) => name.endsWith('.tgz'))!;
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const peers = ['aws-cdk-lib', 'constructs', '@types/node', '@types/aws-lambda', 'esbuild'];
  const app = join(elsewhere, 'app');
  const dependencies = Object.fromEntries(peers.map((name) => [name, devDependencies[name]!]));
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({ private: true, dependencies: { ...dependencies, 'cdk-breakwater': `file:../${tarball}` } }),
  );
  writeFileSync(join(app, 'app.js'), APP_JS);
  writeFileSync(join(app, 'entry-points.mjs'), ENTRY_POINTS_MJS);
  writeFileSync(join(app, 'types.ts'), TYPES_TS);
  writeFileSync(
    join(app, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { module: 'node20', strict: true, noEmit: true, skipLibCheck: true, types: ['node'] },
      files: ['types.ts'],
    }),
  );
  cpSync(join(ROOT, '.npmrc'), join(app, '.npmrc'));
  const steps = [
    () => npm(['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], app),
    () => runNode(['app.js'], { cwd: app, env: { CDK_VALIDATION: 'false' } }),
    () => runNode(['entry-points.mjs'], { cwd: app }),
    () => runNode([bin('typescript/bin/tsc'), '-p', 'tsconfig.json'], { cwd: app }),
  ];
  let last: Ended = packed;
  for (const step of steps) {
    last = await step();
    if (last.code !== 0) return last;
  }
  return { ...last, output: `${tarball}: installed, synthesized, every entry point works` };
}
