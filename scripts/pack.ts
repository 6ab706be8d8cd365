import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bin, type Ended, ROOT, run, runNode } from './run';

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
 * Every way in which compilers find packages. `cdk init` uses NodeNext with a newer compiler; see
 * below.
 */
const RESOLUTIONS = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'preserve', moduleResolution: 'bundler' },
  { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
];

/** Packages of `cdk init` that a synth doesn't need. They are left out to save time. */
const UNUSED = ['@swc/core', '@swc/jest', 'jest', 'aws-cdk'];

/**
 * Packs the package, installs it into an app that `cdk init` made, and uses it there as README
 * says: its example is compiled and synthesized. Needs build/.
 */
export async function packTest(): Promise<Ended> {
  // Outside of the repository, so that Node can't find missing packages in its node_modules.
  const elsewhere = mkdtempSync(join(tmpdir(), 'breakwater-pack-'));
  try {
    return await useElsewhere(elsewhere);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

async function useElsewhere(elsewhere: string): Promise<Ended> {
  const npmPath = process.env['npm_execpath'];
  const npm = npmPath?.endsWith('.js')
    ? (args: string[], cwd: string) => runNode([npmPath, ...args], { cwd, timeout: 240 })
    : (args: string[], cwd: string) => run('npm', args, { cwd, timeout: 240 });
  const packed = await npm(['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', elsewhere], ROOT);
  if (packed.code !== 0) return packed;
  const tarball = readdirSync(elsewhere).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) return failed('npm pack must write a .tgz file, got none');

  const app = join(elsewhere, 'parcels');
  mkdirSync(app);
  const init = ['init', 'app', '--language', 'typescript', '--generate-only'];
  const cdk = { CDK_DISABLE_CLI_TELEMETRY: '1', CI: '1' };
  const made = await runNode([bin('aws-cdk/bin/cdk'), ...init], { cwd: app, env: cdk });
  if (made.code !== 0) return made;

  const wrong = fill(app, tarball);
  if (wrong !== undefined) return failed(wrong);
  const assembly = join(app, 'assembly');
  const env = { CDK_VALIDATION: 'false', CDK_OUTDIR: assembly };
  const { app: command } = JSON.parse(readFileSync(join(app, 'cdk.json'), 'utf8')) as { app: string };
  const steps = [
    () => npm(['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], app),
    () => run('sh', ['-c', command], { cwd: app, env }),
    () => runNode(['entry-points.mjs'], { cwd: app }),
    ...RESOLUTIONS.map(
      ({ module }) =>
        () =>
          runNode([bin('typescript/bin/tsc'), '-p', `types/${module}`], { cwd: app }),
    ),
  ];
  for (const step of steps) {
    const { code, output, stdout } = await step();
    if (code !== 0) return { code, output, stdout };
  }
  const missing = [
    ...missingIn(assembly),
    ...['LICENSE', 'NOTICE', 'THIRD-PARTY-NOTICES', 'README.md'].filter(
      (file) => !existsSync(join(app, 'node_modules/cdk-breakwater', file)),
    ),
  ];
  if (missing.length > 0) return failed(`missing after a synth of README's example: ${missing.join(', ')}`);
  return { code: 0, stdout: '', output: `${tarball}: README's example compiles and synthesizes in an app of cdk init` };
}

/**
 * Puts README's example and this test's files into the app, and its packages into package.json.
 * @returns what is wrong, if anything
 */
function fill(app: string, tarball: string): string | undefined {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [stack, handler] = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  if (stack === undefined || handler === undefined) return 'README must show the stack and the handler of its example';
  const files: Record<string, string> = {
    'bin/parcels.ts': stack,
    'bin/handlers/labels.ts': handler,
    'entry-points.mjs': ENTRY_POINTS_MJS,
  };
  for (const options of RESOLUTIONS) {
    files[`types/${options.module}/types.ts`] = TYPES_TS;
    files[`types/${options.module}/tsconfig.json`] = JSON.stringify({
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
  // The app's own compiler run is about README's code.
  files['tsconfig.json'] = readFileSync(join(app, 'tsconfig.json'), 'utf8').replace(
    '"exclude": [',
    '"exclude": ["types",',
  );
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), content);
  }
  cpSync(join(ROOT, '.npmrc'), join(app, '.npmrc'));
  return addPackages(app, tarball, installLine(readme));
}

/** Names of the packages that README's install command names. */
function installLine(readme: string): string[] {
  return [...readme.matchAll(/^npm install (.*?)(?: +#.*)?$/gm)].flatMap(([, line = '']) =>
    line.split(/\s+/).filter((word) => word !== '' && !word.startsWith('-') && !word.startsWith('.')),
  );
}

/** Versions are those that this repository tests with, so npm finds most of them in its cache. */
function addPackages(app: string, tarball: string, names: readonly string[]): string | undefined {
  const { devDependencies: known } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const unknown = names.filter((name) => known[name] === undefined);
  if (unknown.length > 0) return `README's install lines must name packages of package.json, got ${unknown.join(', ')}`;
  const file = join(app, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  for (const name of UNUSED) delete manifest.devDependencies[name];
  for (const name of names) manifest.dependencies[name] = known[name] ?? '';
  for (const name of ['tsx', '@types/node', '@types/jest']) manifest.devDependencies[name] = known[name] ?? '';
  manifest.dependencies['cdk-breakwater'] = `file:../${tarball}`;
  writeFileSync(file, JSON.stringify(manifest));
  return undefined;
}

/** Resource types that README's example must have and has not. */
function missingIn(assembly: string): string[] {
  const { Resources } = JSON.parse(readFileSync(join(assembly, 'Parcels.template.json'), 'utf8')) as {
    Resources: Record<string, { Type: string }>;
  };
  const count = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type).length;
  return Object.entries({ 'AWS::DynamoDB::Table': 5, 'AWS::SQS::Queue': 2, 'AWS::Lambda::Function': 3 }).flatMap(
    ([type, least]) => (count(type) < least ? [`${least} ${type}, got ${count(type)}`] : []),
  );
}

function failed(output: string): Ended {
  return { code: 1, output, stdout: '' };
}
