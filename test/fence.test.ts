import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, resolve, sep } from 'node:path';

const root = resolve(__dirname, '..');

/** Rooms of lib/, lowest first: each imports only from rooms before it. */
const ROOMS = [
  'protocol',
  'limits',
  'validation',
  'profile',
  'keyring',
  'functions',
  'tables',
  'documents',
  'workers',
  'modules',
  'edge',
  'prediction',
  'breakwater',
];
const PURE_ROOMS = ['protocol', 'limits'];

/** Top-level folders, and the folders that each may import from; `lib` means its door, `lib/pure` its two pure rooms. */
const FOLDERS: Record<string, readonly string[]> = {
  lib: [],
  bin: ['lib'],
  lambdas: ['lib/pure'],
  testing: ['lib/pure'],
  cli: ['lib/pure', 'lambdas'],
  local: ['lib/pure', 'lambdas', 'testing', 'cli'],
  models: ['lib/pure'],
  bench: ['lib/pure', 'lambdas', 'testing', 'local', 'cli'],
  examples: ['lib', 'lambdas'],
  scripts: ['lib/pure', 'bin', 'lambdas'],
};
/** Folders that stand inside another and may import from elsewhere: a benchmark's apps are apps like any other. */
const APPS_INSIDE = ['bench/apps'];

/** What a folder inside lambdas/ may import from beside it. */
const LAMBDAS: Record<string, readonly string[]> = { runtime: [], system: ['runtime'], shop: ['runtime'] };

/** The specifiers that a source imports, re-exports or requires; comments are left out. */
function imported(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statement = /^\s*(?:import|export)\b(?:[\w\s{},*$]*\bfrom)?\s*['"]([^'"]+)['"]/gm;
  const call = /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;
  return [...code.matchAll(statement), ...code.matchAll(call)].map((match) => match[1]!);
}

/** Says what is wrong with one import of one file, or nothing. `file` is relative to the repository, with slashes. */
function problem(file: string, specifier: string): string | undefined {
  const [folder, room] = file.split('/') as [string, string];
  if (!specifier.startsWith('.')) return packageProblem(folder, room, specifier);
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  const [toFolder, toRoom, ...rest] = target.split('/') as [string, string | undefined, ...string[]];
  if (toFolder === folder) {
    if (folder === 'lib') return roomProblem(file, room, toRoom, rest);
    if (folder !== 'lambdas' || toRoom === room || LAMBDAS[room]?.includes(toRoom!)) return undefined;
    return `lambdas/${room} may not import from lambdas/${toRoom}`;
  }
  const isApp = APPS_INSIDE.some((path) => file.startsWith(`${path}/`));
  const allowed = isApp ? ['lib'] : (FOLDERS[folder] ?? []);
  if (toFolder !== 'lib') return allowed.includes(toFolder) ? undefined : `${folder}/ may not import from ${toFolder}/`;
  const isDoor = toRoom === undefined || (toRoom === 'index' && rest.length === 0);
  if (isDoor) return allowed.includes('lib') ? undefined : `${folder}/ may not import the constructs of lib/`;
  const isPure = PURE_ROOMS.includes(toRoom) && rest.join('/').match(/^(index)?$/) !== null;
  if (isPure && allowed.includes('lib/pure')) return undefined;
  return `${folder}/ may import from lib/ only ${allowed.join(', ') || 'nothing'}, not ${target}`;
}

function packageProblem(folder: string, room: string, specifier: string): string | undefined {
  if (folder !== 'lib') return undefined;
  if (PURE_ROOMS.includes(room)) return `lib/${room} is pure and imports no package, not '${specifier}'`;
  if (/^(node:.+|constructs|aws-cdk-lib(\/aws-[a-z0-9-]+|\/custom-resources|\/cx-api)?)$/.test(specifier))
    return undefined;
  return `lib/ imports no package but aws-cdk-lib, constructs and Node's own, not '${specifier}'`;
}

function roomProblem(file: string, room: string, toRoom: string | undefined, rest: string[]): string | undefined {
  if (file === 'lib/index.ts' || toRoom === room) return undefined;
  const [from, to] = [ROOMS.indexOf(room), ROOMS.indexOf(toRoom ?? '')];
  if (from < 0) return `lib/${room} isn't in the list of rooms`;
  if (to < 0) return `lib/${toRoom} isn't in the list of rooms`;
  if (to > from) return `lib/${room} stands below lib/${toRoom} and may not import from it`;
  if (rest.join('/').match(/^(index)?$/) === null) return `lib/${toRoom} is entered by its index.ts only`;
  return undefined;
}

function sourcesIn(folder: string): string[] {
  let entries: ReturnType<typeof list>;
  try {
    entries = list(folder);
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function list(folder: string) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
}

describe('imports', () => {
  test.each(Object.keys(FOLDERS))('%s/ imports only what it may', (folder) => {
    const found = sourcesIn(folder).flatMap((path) => {
      const file = relative(root, path).split(sep).join('/');
      return imported(readFileSync(path, 'utf8')).flatMap((specifier) => {
        const wrong = problem(file, specifier);
        return wrong === undefined ? [] : [`${file}: ${wrong}`];
      });
    });
    expect(found).toEqual([]);
  });
});

describe('the fence itself', () => {
  test.each([
    ['lib/tables/x.ts', '../workers', 'stands below'],
    ['lib/workers/x.ts', '../tables/sharded-table', 'by its index.ts only'],
    ['lib/edge/x.ts', '../weather', "isn't in the list"],
    ['lib/edge/x.ts', '../../lambdas/runtime', 'may not import from lambdas'],
    ['lib/edge/x.ts', '../prediction', 'stands below'],
    ['lib/edge/x.ts', 'lodash', 'no package but'],
    ['lib/protocol/x.ts', 'node:crypto', 'is pure'],
    ['lib/limits/x.ts', 'aws-cdk-lib', 'is pure'],
    ['lambdas/shop/x.ts', '../../lib/tables', 'only lib/pure'],
    ['lambdas/shop/x.ts', '../../lib/protocol/slots', 'only lib/pure'],
    ['lambdas/shop/x.ts', '../../lib', 'may not import the constructs'],
    ['lambdas/runtime/x.ts', '../shop/mail', 'may not import from lambdas/shop'],
    ['lambdas/runtime/x.ts', '../../local/start', 'may not import from local'],
    ['bin/app.ts', '../lib/edge', 'only lib'],
    ['bin/app.ts', '../local/start', 'may not import from local'],
    ['testing/x.ts', '../local/start', 'may not import from local'],
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
    ['lambdas/shop/x.ts', '../runtime'],
    ['lambdas/system/relay/x.ts', '../../../lib/protocol'],
    ['bin/app.ts', '../lib'],
    ['bench/apps/x.ts', '../../lib'],
    ['local/x.ts', '../testing'],
  ])('lets %s import %s', (file, specifier) => {
    expect(problem(file, specifier)).toBeUndefined();
  });

  test('finds every way to import', () => {
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
});
