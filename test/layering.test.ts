import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, resolve, sep } from 'node:path';

const root = resolve(__dirname, '..');

/** Layers of lib/, lowest first. Each imports only from layers before it. Some don't exist yet. */
const LAYERS = [
  'protocol',
  'limits',
  'validation',
  'stacks',
  'profile',
  'keyring',
  'dynamodb',
  'functions',
  'quarantine',
  'documents',
  'tables',
  'workers',
  'identity',
  'modules',
  'edge',
  'prediction',
  'operations',
  'delivery',
  'privacy',
  'trust',
  'breakwater',
];
/** Layers that import no package, so functions and tools may import them too. */
const PURE_LAYERS = ['protocol', 'limits'];

/**
 * Folders inside a layer, lowest first. Each imports only from folders before it and from files
 * directly in the layer. Those files import from none of the folders, index.ts aside.
 */
const FOLDERS_IN_LAYER: Record<string, readonly string[]> = { edge: ['site', 'viewer', 'web-acl', 'distribution'] };

/**
 * Each top-level folder with what it may import from. `lib` means lib/index.ts, `lib/pure` the pure layers, `lib/bundler` the files in
 * `BUNDLER`.
 * `lambdas/runtime` and `lambdas/system` are allowed by name. Folders of the sample shop are in `SAMPLE`.
 */
const FOLDERS: Record<string, readonly string[]> = {
  lib: [],
  forecast: ['lib/pure'],
  'lambdas/runtime': ['lib/pure'],
  'lambdas/system': ['lib/pure', 'lambdas/runtime', 'forecast'],
  'lambdas/shop': ['lib/pure', 'lambdas/runtime'],
  testing: ['lib/pure', 'lambdas/runtime', 'lambdas/system'],
  cli: ['lib/pure', 'lambdas/runtime', 'lambdas/system', 'forecast', 'cli/dev'],
  local: ['lib/pure', 'lambdas/runtime', 'lambdas/system', 'forecast', 'testing'],
  'cli/dev': ['lib/pure', 'lib/bundler', 'testing', 'local'],
  models: ['lib/pure'],
  bench: ['lib/pure', 'lambdas/runtime', 'lambdas/system', 'forecast', 'testing', 'local', 'cli'],
  'bench/apps': ['lib'],
  examples: ['lib', 'lambdas/runtime', 'testing'],
  scripts: ['lib/pure', 'lambdas/runtime', 'lambdas/system', 'local'],
  bin: ['lib'],
  shop: ['lib/pure', 'lambdas/runtime', 'lambdas/shop', 'forecast', 'testing', 'cli', 'local', 'bin'],
};

/** Files of the bundler that import nothing but each other, for tools that bundle in the same way. */
const BUNDLER = ['lib/functions/bundle/pack', 'lib/functions/bundle/sources'];

/** The sample shop. Without these folders the library must remain whole, so nothing outside may import from them. */
const SAMPLE = ['bin', 'lambdas/shop', 'shop'];
/** Scripts that check the sample shop itself. Their names say so. */
const SAMPLE_SCRIPTS = /^scripts\/[\w-]*shop[\w-]*\.ts$/;

/** The specifiers that a source imports, re-exports or requires. Comments are left out. */
function imported(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statement = /^\s*(?:import|export)\b(?:[\w\s{},*$]*\bfrom)?\s*['"]([^'"]+)['"]/gm;
  const call = /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;
  return [...code.matchAll(statement), ...code.matchAll(call)].flatMap(([, specifier]) => specifier ?? []);
}

/** The entry of `FOLDERS` that a path belongs to: the longest that matches. */
function folderOf(path: string): string {
  const folders = Object.keys(FOLDERS).filter((folder) => path === folder || path.startsWith(`${folder}/`));
  return folders.sort((a, b) => b.length - a.length)[0] ?? path.split('/')[0] ?? path;
}

/** What is wrong with one import of one file, if anything. `file` is relative to the repository, with slashes. */
function problem(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return packageProblem(file, specifier);
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  const [from, to] = [folderOf(file), folderOf(target)];
  if (from === 'lib' && to === 'lib') return layerProblem(file, target);
  if (from === to || (SAMPLE.includes(to) && SAMPLE_SCRIPTS.test(file))) return undefined;
  const allowed = FOLDERS[from] ?? [];
  if (to !== 'lib') return allowed.includes(to) ? undefined : `${from}/ may not import from ${to}/`;
  if (allowed.includes('lib/bundler') && BUNDLER.includes(target)) return undefined;
  const [, layer, ...rest] = target.split('/');
  if (layer === undefined || (layer === 'index' && rest.length === 0))
    return allowed.includes('lib') ? undefined : `${from}/ may not import the constructs of lib/`;
  const isPure = PURE_LAYERS.includes(layer) && /^(index)?$/.test(rest.join('/'));
  if (isPure && allowed.includes('lib/pure')) return undefined;
  return `${from}/ may import from lib/ only ${allowed.join(', ') || 'nothing'}, not ${target}`;
}

function packageProblem(file: string, specifier: string): string | undefined {
  const [folder, layer] = file.split('/');
  if (folder !== 'lib') return undefined;
  if (layer !== undefined && PURE_LAYERS.includes(layer))
    return `lib/${layer} is pure and imports no package, not '${specifier}'`;
  if (/^(node:.+|constructs|aws-cdk-lib(\/aws-[a-z0-9-]+|\/custom-resources|\/cx-api)?)$/.test(specifier))
    return undefined;
  return `lib/ imports no package but aws-cdk-lib, constructs and Node's own, not '${specifier}'`;
}

function layerProblem(file: string, target: string): string | undefined {
  const [, layer = ''] = file.split('/');
  const [, toLayer = '', ...rest] = target.split('/');
  if (file === 'lib/index.ts') return undefined;
  if (toLayer === layer) return innerProblem(layer, file.split('/').slice(2), rest);
  const [from, to] = [LAYERS.indexOf(layer), LAYERS.indexOf(toLayer)];
  if (from < 0) return `lib/${layer} isn't in the list of layers`;
  if (to < 0) return `lib/${toLayer} isn't in the list of layers`;
  if (to > from) return `lib/${layer} is below lib/${toLayer} and may not import from it`;
  if (!/^(index)?$/.test(rest.join('/'))) return `lib/${toLayer} may be imported by its index.ts only`;
  return undefined;
}

/** What is wrong with an import inside a layer. The paths are relative to the layer. */
function innerProblem(layer: string, path: readonly string[], target: readonly string[]): string | undefined {
  const order = FOLDERS_IN_LAYER[layer];
  if (order === undefined || path.join('/') === 'index.ts') return undefined;
  const folders = [path, target].map((parts) => (parts.length > 1 ? parts[0] : undefined));
  const unknown = folders.find((folder) => folder !== undefined && !order.includes(folder));
  if (unknown !== undefined) return `lib/${layer}/${unknown} isn't in the list of the layer's folders`;
  const [from, to] = folders.map((folder) => order.indexOf(folder ?? ''));
  if (from === undefined || to === undefined || to <= from) return undefined;
  return `lib/${layer}/${path.slice(0, -1).join('/')} may not import from lib/${layer}/${folders[1]}`;
}

function sourcesIn(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?[jt]s$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => folderOf(file) === folder);
}

/** Every wrong import of a folder, as "file: what is wrong". */
function problemsIn(folder: string): string[] {
  return sourcesIn(folder).flatMap((file) =>
    imported(readFileSync(join(root, file), 'utf8')).flatMap((specifier) => {
      const wrong = problem(file, specifier);
      return wrong === undefined ? [] : [`${file}: ${wrong}`];
    }),
  );
}

test.each(Object.keys(FOLDERS))('%s/ imports only what it may', (folder) => {
  expect(problemsIn(folder)).toEqual([]);
});

test('no folder but the sample itself may import from the sample, so the library remains without it', () => {
  const allowing = Object.entries(FOLDERS).filter(
    ([folder, allowed]) => !SAMPLE.includes(folder) && allowed.some((to) => SAMPLE.includes(to)),
  );
  expect(allowing).toEqual([]);
});

test('every layer of lib/ is in the list', () => {
  const layers = readdirSync(join(root, 'lib'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(layers.filter((layer) => !LAYERS.includes(layer))).toEqual([]);
});

test.each([
  ['lib/tables/x.ts', '../workers', 'is below'],
  ['lib/workers/x.ts', '../tables/sharded-table', 'by its index.ts only'],
  ['lib/edge/x.ts', '../weather', "isn't in the list"],
  ['lib/edge/x.ts', '../../lambdas/runtime', 'may not import from lambdas/runtime'],
  ['lib/edge/x.ts', '../../forecast', 'may not import from forecast'],
  ['lib/edge/x.ts', '../prediction', 'is below'],
  ['lib/modules/x.ts', '../edge', 'is below'],
  ['lib/identity/x.ts', '../modules', 'is below'],
  ['lib/edge/site/x.ts', '../viewer/viewer-function', 'may not import from lib/edge/viewer'],
  ['lib/edge/x.ts', './site/site-files', 'may not import from lib/edge/site'],
  ['lib/edge/weather/x.ts', '../edge-name', "isn't in the list of the layer's folders"],
  ['lib/edge/x.ts', 'lodash', 'no package but'],
  ['lib/protocol/x.ts', 'node:crypto', 'is pure'],
  ['lib/limits/x.ts', 'aws-cdk-lib', 'is pure'],
  ['lambdas/shop/x.ts', '../../lib/tables', 'only lib/pure'],
  ['lambdas/shop/x.ts', '../../lib/protocol/slots', 'only lib/pure'],
  ['lambdas/shop/x.ts', '../../lib', 'may not import the constructs'],
  ['lambdas/shop/x.ts', '../system/relay', 'may not import from lambdas/system'],
  ['lambdas/runtime/x.ts', '../shop/mail', 'may not import from lambdas/shop'],
  ['lambdas/runtime/x.ts', '../../local/start', 'may not import from local'],
  ['lambdas/runtime/x.ts', '../../forecast/model', 'may not import from forecast'],
  ['bin/app.ts', '../lib/edge', 'only lib'],
  ['bin/app.ts', '../local/start', 'may not import from local'],
  ['testing/x.ts', '../local/start', 'may not import from local'],
  ['forecast/x.ts', '../lambdas/system/floor-controller', 'may not import from lambdas/system'],
  ['local/x.ts', '../shop/replay', 'may not import from shop'],
  ['local/x.ts', '../lambdas/shop/order', 'may not import from lambdas/shop'],
  ['cli/x.ts', '../bin/app', 'may not import from bin'],
  ['scripts/build.ts', '../bin/app', 'may not import from bin'],
  ['bench/x.ts', '../lib', 'may not import the constructs'],
])('refuses %s importing %s', (file, specifier, message) => {
  expect(problem(file, specifier)).toContain(message);
});

test.each([
  ['lib/workers/x.ts', '../tables'],
  ['lib/workers/x.ts', './queue-kind'],
  ['lib/workers/deep/x.ts', '../../protocol'],
  ['lib/index.ts', './breakwater'],
  ['lib/edge/x.ts', 'aws-cdk-lib/aws-cloudfront'],
  ['lib/edge/index.ts', './distribution/edge-distribution'],
  ['lib/edge/distribution/x.ts', '../web-acl/web-acl'],
  ['lib/edge/distribution/x.ts', './behaviors'],
  ['lib/edge/site/x.ts', '../edge-name'],
  ['lib/edge/site/x.ts', '../../modules'],
  ['lambdas/shop/x.ts', '../runtime'],
  ['lambdas/system/relay/x.ts', '../../../lib/protocol'],
  ['lambdas/system/x.ts', '../../forecast/model'],
  ['shop/replay/x.ts', '../../local/cloud'],
  ['scripts/scan-shop.ts', '../bin/app'],
  ['bin/app.ts', '../lib'],
  ['bench/apps/x.ts', '../../lib'],
  ['local/x.ts', '../testing'],
])('accepts %s importing %s', (file, specifier) => {
  expect(problem(file, specifier)).toBeUndefined();
});

test('finds every form of import', () => {
  const source = [
    "import a from './a';",
    "import type { B } from './b';",
    "import {\n  c,\n} from './c';",
    "export * from './d';",
    "export { e } from './e';",
    "const f = await import('./f');",
    "const g = require('./g');",
    "import './h';",
    "// import x from './not'",
    "/* export * from './not' */",
    "export const i = 'from somewhere';",
    "export type J = 'j';",
  ].join('\n');
  expect(imported(source).sort()).toEqual(['./a', './b', './c', './d', './e', './f', './g', './h']);
});
