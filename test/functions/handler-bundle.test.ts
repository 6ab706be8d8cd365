import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import { AliasedFunction, HandlerBundle, type HandlerBundleProps } from '../../lib/functions';

const ESBUILD = resolve(__dirname, '../../node_modules/esbuild');
const ESBUILD_PACKAGE = '{"name":"esbuild","version":"1.0.0","main":"main.js"}';
const LONG_AGO = new Date('2020-01-01');

let project: string;

beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'bundle-')));
  jest.spyOn(process, 'cwd').mockReturnValue(project);
  write({
    'node_modules/esbuild/package.json': ESBUILD_PACKAGE,
    'node_modules/esbuild/main.js': `if (globalThis.esbuildIsBroken) throw new Error('esbuild was loaded');
      module.exports = require(${JSON.stringify(ESBUILD)});`,
    'handlers/search.ts': `import { shared } from '../shared/shared';
      export const handler = async () => shared('search') + (await import('../shared/lazy')).lazy;`,
    'handlers/orders.ts': `import { shared } from '../shared/shared';
      export async function handler() { return shared('orders'); }`,
    'handlers/helper.ts': `export const help = 1;`,
    'handlers/types.d.ts': `export declare const handler: string;`,
    'shared/shared.ts': `export const shared = (name: string) => 'from ' + name;`,
    'shared/lazy.ts': `export const lazy = ', lazily';`,
  });
});

afterEach(() => {
  Object.assign(globalThis, { esbuildIsBroken: false });
  jest.restoreAllMocks();
  rmSync(project, { recursive: true, force: true });
});

/** Files of the app, written long ago so that their times can be trusted. */
function write(files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(project, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    utimesSync(file, LONG_AGO, LONG_AGO);
  }
}

function bundle(props?: HandlerBundleProps): HandlerBundle {
  return HandlerBundle.fromDirectory(join(project, 'handlers'), props);
}

/** Where the package of a handler lies. */
function folder(of: HandlerBundle, name: string): string {
  return of._packages().find((handler) => handler.name === name)!.folder;
}

function hashes(of: HandlerBundle): Record<string, string> {
  return Object.fromEntries(of._packages().map(({ name, hash }) => [name, hash]));
}

/** From now on esbuild has its version, but whoever loads it fails. */
function breakEsbuild(): void {
  Object.assign(globalThis, { esbuildIsBroken: true });
  jest.resetModules();
}

/** Runs a package as Lambda would. */
function run(path: string): string {
  const script = `const { handler } = await import(process.argv[1]); process.stdout.write(String(await handler({})));`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script, join(path, 'index.mjs')], {
    encoding: 'utf8',
  });
}

describe('HandlerBundle', () => {
  test('has a handler for each file that exports one', () => {
    expect(bundle().handlerNames).toEqual(['orders', 'search']);
  });

  test('for an unknown name, the error lists the existing ones', () => {
    expect(() => bundle().handler('helper')).toThrow(
      /must have a file helper\.ts or helper\.js that exports 'handler', got handlers only in orders, search/,
    );
  });

  test('packages run, with shared chunks and dynamic imports', () => {
    const built = bundle();
    expect(run(folder(built, 'search'))).toBe('from search, lazily');
    expect(run(folder(built, 'orders'))).toBe('from orders');
  });

  test('handlers are deployed with the client of S3 only if one of them uses documents()', () => {
    const runtime = JSON.stringify(resolve(__dirname, '../../lambdas/runtime'));
    const holdsClient = (source: string) => {
      write({ 'handlers/search.ts': `import * as runtime from ${runtime};\n${source}` });
      const path = folder(bundle(), 'search');
      return readdirSync(path).some((file) => readFileSync(join(path, file), 'utf8').includes('S3Client'));
    };
    expect(holdsClient(`export const handler = runtime.worker(() => runtime.table('Orders').get({ id: '1' }));`)).toBe(
      false,
    );
    expect(holdsClient(`export const handler = () => runtime.documents('Invoices').get('1.pdf');`)).toBe(true);
  });

  test('a package has the chunks it needs, no others, and no source map', () => {
    const built = bundle();
    const [search, orders] = ['search', 'orders'].map((name) => readdirSync(folder(built, name)));
    expect(search).toHaveLength(3);
    expect(orders).toHaveLength(2);
    expect(orders!.every((file) => search!.includes(file))).toBe(true);
    expect(readdirSync(join(folder(built, 'search'), '../maps')).length).toBeGreaterThan(2);
  });

  test('for any graph of modules, a package contains all needed chunks and no others', () => {
    const graph = fc.array(fc.array(fc.tuple(fc.nat(5), fc.boolean()), { maxLength: 4 }), {
      minLength: 6,
      maxLength: 6,
    });
    void fc.assert(
      fc.property(graph, (modules) => {
        rmSync(join(project, 'handlers'), { recursive: true, force: true });
        write(
          Object.fromEntries(
            modules.map((imports, i) => [
              `handlers/m${i}.ts`,
              [
                ...imports.map(([to, late], n) =>
                  late ? `export const l${n} = () => import('./m${to}');` : `import { v as v${n} } from './m${to}';`,
                ),
                `export const v: unknown = [${i}, ${imports.flatMap(([, late], n) => (late ? [] : [`() => v${n}`])).join()}];`,
                i < 3 ? 'export const handler = async () => v;' : '',
              ].join('\n'),
            ]),
          ),
        );
        for (const { folder: path } of bundle()._packages()) {
          const files = readdirSync(path);
          const named = files.flatMap((file) =>
            [...readFileSync(join(path, file), 'utf8').matchAll(/["']\.\/([^"']+)["']/g)].map((match) => match[1]!),
          );
          expect(new Set(['index.mjs', ...named])).toEqual(new Set(files));
        }
      }),
      { numRuns: 15 },
    );
  });

  test('CommonJS packages can require Node.js modules', () => {
    write({
      'node_modules/old/package.json': '{"name":"old","version":"1.0.0","main":"index.js"}',
      'node_modules/old/index.js': `module.exports = require('path').posix.sep;`,
      'handlers/search.ts': `import sep from 'old'; export const handler = async () => sep;`,
    });
    expect(run(folder(bundle(), 'search'))).toBe('/');
  });

  test('a handler’s variables may have the same names as the bundle’s', () => {
    write({
      'handlers/search.ts': `import { createRequire } from 'node:module';
        const require = createRequire(import.meta.url);
        export const handler = async () => require('node:path').posix.sep;`,
    });
    expect(run(folder(bundle(), 'search'))).toBe('/');
  });

  test.each([
    [undefined, true],
    [false, true],
    [true, false],
  ])('with lightSdk: %s, node:http is imported: %s', (lightSdk, imported) => {
    write({
      'handlers/search.ts': `import http, { Agent, request as send } from 'node:http';
        import * as all from 'http';
        export const handler = async () => [typeof Agent, typeof send, http.Agent === Agent, all.METHODS.length > 0];`,
    });
    const path = folder(bundle({ lightSdk }), 'search');
    expect(run(path)).toBe('function,function,true,true');
    const code = readFileSync(join(path, 'index.mjs'), 'utf8');
    expect(/from ?"(node:)?http"/.test(code)).toBe(imported);
  });

  test.each([
    [false, 'chain'],
    [true, 'key,secret,token,111122223333'],
    [true, 'CredentialsProviderError'],
  ])('with lightSdk: %s, the default credentials of the SDK are: %s', (lightSdk, expected) => {
    write({
      'node_modules/@aws-sdk/credential-provider-node/package.json': '{"main": "index.js"}',
      'node_modules/@aws-sdk/credential-provider-node/index.js': `exports.defaultProvider = () => async () => ({ accessKeyId: 'chain' });`,
      'handlers/search.ts': `import { defaultProvider } from '@aws-sdk/credential-provider-node';
        for (const name of ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'SESSION_TOKEN', 'ACCOUNT_ID']) delete process.env['AWS_' + name];
        const values = { ACCESS_KEY_ID: 'key', SECRET_ACCESS_KEY: 'secret', SESSION_TOKEN: 'token', ACCOUNT_ID: '111122223333' };
        if (${expected !== 'CredentialsProviderError'}) for (const [name, value] of Object.entries(values)) process.env['AWS_' + name] = value;
        export const handler = () => defaultProvider()().then(Object.values, (error: Error) => [error.name]);`,
    });
    expect(run(folder(bundle({ lightSdk }), 'search'))).toBe(expected);
  });

  test('finds handlers in TypeScript and JavaScript, and prefers .ts over the .js that tsc writes beside it', () => {
    write({
      'handlers/search.js': `exports.handler = async () => 'compiled';`,
      'handlers/labels.js': `export const handler = async () => 'js';`,
      'handlers/prices.mts': `export const handler = async () => 'mts';`,
      'handlers/stock.mjs': `export const handler = async () => 'mjs';`,
    });
    const built = bundle();
    expect(built.handlerNames).toEqual(['labels', 'orders', 'prices', 'search', 'stock']);
    expect(['labels', 'prices', 'stock'].map((name) => run(folder(built, name)))).toEqual(['js', 'mts', 'mjs']);
    expect(run(folder(built, 'search'))).toBe('from search, lazily');
  });

  test('source maps have the lines and columns of the packed code', () => {
    write({
      'handlers/search.ts': `import { createHash } from 'node:crypto';
export const handler = async () => {
  createHash('md5');
  throw new Error('here');
};`,
    });
    const path = folder(bundle(), 'search');
    const lines = readFileSync(join(path, 'index.mjs'), 'utf8').split('\n');
    const line = lines.findIndex((text) => text.includes('Error("here")'));
    const map = new SourceMap(JSON.parse(readFileSync(join(path, '../maps/search.mjs.map'), 'utf8')));
    const origin = map.findEntry(line, lines[line]!.indexOf('new Error("here")'));
    expect(origin).toMatchObject({ originalLine: 3, originalColumn: 8 });
  });

  test('is the same bytes and the same template in another checkout', () => {
    const template = (built: HandlerBundle) => {
      const stack = new Stack(new App({ context: {} }), 'Shop');
      new AliasedFunction(stack, 'Search', { handler: built.handler('search') });
      return Template.fromStack(stack).toJSON();
    };
    const here = bundle();
    const first = { hashes: hashes(here), template: template(here) };
    const other = join(project, 'deep/er/checkout');
    for (const part of ['handlers', 'shared']) cpSync(join(project, part), join(other, part), { recursive: true });
    const there = HandlerBundle.fromDirectory(join(other, 'handlers'), { outputDirectory: join(other, 'cache') });
    expect({ hashes: hashes(there), template: template(there) }).toEqual(first);
  });

  test('is the same bytes in a deeper folder of another user, with packages and with every option', () => {
    write({
      'node_modules/old/package.json': '{"name":"old","version":"1.0.0","main":"index.js"}',
      'node_modules/old/index.js': `module.exports = require('http').METHODS.length;`,
      'shared/shared.ts': `import count from 'old'; export const shared = (name: string) => name + count;`,
    });
    const home = process.env['HOME'];
    const build = (root: string, user: string) => {
      process.env['HOME'] = user;
      jest.spyOn(process, 'cwd').mockReturnValue(root);
      return [{}, { minify: false }, { lightSdk: true }].map((props) =>
        hashes(HandlerBundle.fromDirectory('handlers', props)),
      );
    };
    try {
      const here = build(project, '/home/anna');
      const other = join(project, 'a/much/deeper/checkout');
      for (const part of ['handlers', 'shared', 'node_modules']) {
        cpSync(join(project, part), join(other, part), {
          recursive: true,
          filter: (source) => !source.endsWith('.cache'),
        });
      }
      expect(build(other, '/Users/bob')).toEqual(here);
    } finally {
      if (home === undefined) delete process.env['HOME'];
      else process.env['HOME'] = home;
    }
  });

  test('has the same hash, and runs, if a package is linked from another folder outside of the app', () => {
    const app = join(project, 'app');
    for (const part of ['handlers', 'shared', 'node_modules']) {
      cpSync(join(project, part), join(app, part), { recursive: true });
    }
    writeFileSync(
      join(app, 'shared/shared.ts'),
      `export const shared = async (n: string) => (await import('old')).say(n);`,
    );
    writeFileSync(
      join(app, 'handlers/search.ts'),
      `import { shared } from '../shared/shared'; export const handler = () => shared('it');`,
    );
    jest.spyOn(process, 'cwd').mockReturnValue(app);
    const link = join(app, 'node_modules/old');
    const build = (place: string, word: string, minify = true) => {
      const old = join(project, place);
      mkdirSync(old, { recursive: true });
      writeFileSync(join(old, 'package.json'), '{"name":"old","version":"1.0.0","main":"index.mjs"}');
      writeFileSync(join(old, 'index.mjs'), `export const say = (name) => '${word} ' + name;`);
      rmSync(link, { recursive: true, force: true });
      symlinkSync(old, link);
      const built = HandlerBundle.fromDirectory(join(app, 'handlers'), {
        outputDirectory: join(project, place, 'cache'),
        minify,
      });
      const search = folder(built, 'search');
      return { hash: hashes(built)['search'], chunks: readdirSync(search), answer: run(search) };
    };
    const near = build('linked/old', 'found');
    const far = build('home/anna/much/deeper/old', 'found');
    expect({ hash: far.hash, answer: far.answer }).toEqual({ hash: near.hash, answer: 'found it' });
    expect(far.chunks).not.toEqual(near.chunks); // esbuild's names contain the paths
    expect(build('home/anna/other/old', 'moved').hash).not.toBe(near.hash);
    // Without `minify`, esbuild writes the paths of linked packages into comments.
    const readable = ['linked/old', 'home/anna/much/deeper/old'].map((place) => build(place, 'found', false));
    expect(readable[0]!.answer).toBe('found it');
    expect(readable[0]!.hash).not.toBe(readable[1]!.hash);
  });

  test('the assembly contains the package, and its path if the CDK requires it', () => {
    const app = new App({ context: { 'aws:cdk:enable-asset-metadata': true }, outdir: join(project, 'cdk.out') });
    const stack = new Stack(app, 'Shop');
    const built = bundle();
    new AliasedFunction(stack, 'Search', { handler: built.handler('search') });
    const assembly = app.synth();
    const [fn] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
    const path = fn!.Metadata['aws:asset:path'] as string;
    expect(fn!.Properties.Code.S3Key).toBe(`${path.replace('asset.', '')}.zip`);
    expect(fn!.Metadata['aws:asset:property']).toBe('Code');
    expect(readdirSync(join(assembly.directory, path))).toEqual(readdirSync(folder(built, 'search')));
  });

  test('an edit in the assembly doesn’t change the cache', () => {
    const outdir = join(project, 'cdk.out');
    const stack = new Stack(new App({ outdir }), 'Shop');
    const built = bundle();
    for (const name of ['search', 'orders']) new AliasedFunction(stack, name, { handler: built.handler(name) });
    const before = readFileSync(join(folder(built, 'orders'), 'index.mjs'), 'utf8');
    for (const asset of readdirSync(outdir).filter((name) => name.startsWith('asset.'))) {
      for (const file of readdirSync(join(outdir, asset))) writeFileSync(join(outdir, asset, file), 'edited');
    }
    expect(readFileSync(join(folder(built, 'orders'), 'index.mjs'), 'utf8')).toBe(before);
    expect(run(folder(built, 'search'))).toBe('from search, lazily');
  });

  test('can exclude modules, replace constants and skip minification', () => {
    write({
      'handlers/search.ts': `import { thing } from 'elsewhere'; export const handler = async () => [thing, STAGE];`,
    });
    const built = bundle({ externalModules: ['elsewhere'], define: { STAGE: '"test"' }, minify: false });
    const text = readFileSync(join(folder(built, 'search'), 'index.mjs'), 'utf8');
    expect(text).toContain('from "elsewhere"');
    expect(text).toContain('[thing, "test"]');
  });

  test('the folder may be reached by a symbolic link', () => {
    symlinkSync(join(project, 'handlers'), join(project, 'linked'));
    expect(hashes(HandlerBundle.fromDirectory(join(project, 'linked')))).toEqual(hashes(bundle()));
  });

  test.each<[string, Record<string, string>, (string | undefined)[]]>([
    ['collects no garbage', {}, ['off', '1GiB']],
    ['collects as the user wants it', { GOGC: '50' }, ['50', undefined]],
  ])('esbuild %s, and the app has its environment as it was', (_how, given, expected) => {
    write({
      'node_modules/esbuild/main.js': `const { buildSync } = require(${JSON.stringify(ESBUILD)});
        exports.buildSync = (options) => {
          globalThis.collector = [process.env.GOGC, process.env.GOMEMLIMIT];
          return buildSync(options);
        };`,
    });
    const former = process.env;
    process.env = { ...former, ...given };
    try {
      bundle();
      expect((globalThis as { collector?: unknown }).collector).toEqual(expected);
      expect([process.env['GOGC'], process.env['GOMEMLIMIT']]).toEqual([given['GOGC'], undefined]);
    } finally {
      process.env = former;
    }
  });

  test('other users can read the files of a package, because Lambda runs as another user', () => {
    const former = process.umask(0o077);
    try {
      const built = bundle();
      for (const path of ['search', 'orders'].map((name) => folder(built, name))) {
        expect(statSync(path).mode & 0o777).toBe(0o755);
        for (const file of readdirSync(path)) expect(statSync(join(path, file)).mode & 0o777).toBe(0o644);
      }
    } finally {
      process.umask(former);
    }
  });
});

describe('the cache of HandlerBundle', () => {
  test('is in the app’s node_modules, or next to the app if there is none', () => {
    expect(folder(bundle(), 'search')).toContain(join(project, 'node_modules/.cache/cdk-breakwater'));
    expect(folder(bundle({ outputDirectory: 'out' }), 'search')).toContain(join(project, 'out'));
  });

  test('doesn’t need esbuild if nothing has changed', () => {
    const first = hashes(bundle());
    breakEsbuild();
    expect(hashes(bundle())).toEqual(first);
  });

  test('compares the content if a time has changed, and stores the new time', () => {
    const first = hashes(bundle());
    breakEsbuild();
    utimesSync(join(project, 'shared/shared.ts'), new Date('2021-01-01'), new Date('2021-01-01'));
    expect(hashes(bundle())).toEqual(first);
    const manifest = join(folder(bundle(), 'search'), '../manifest.json');
    expect(readFileSync(manifest, 'utf8')).toContain(String(new Date('2021-01-01').getTime()));
  });

  test('notices a change of the same size within the resolution of file times', () => {
    const file = join(project, 'shared/shared.ts');
    const now = new Date();
    utimesSync(file, now, now);
    const first = hashes(bundle());
    writeFileSync(file, readFileSync(file, 'utf8').replace('from', 'FROM'));
    utimesSync(file, now, now);
    expect(run(folder(bundle(), 'orders'))).toBe('FROM orders');
    expect(hashes(bundle())).not.toEqual(first);
  });

  test.each<[string, Record<string, string>]>([
    ['a handler', { 'handlers/search.ts': `export const handler = async () => 'changed';` }],
    ['what a handler imports', { 'shared/lazy.ts': `export const lazy = ', changed';` }],
    ['the list of handlers', { 'handlers/added.ts': `export const handler = async () => 'added';` }],
    ['which file an import finds', { 'shared/shared.tsx': `export const shared = () => 'shadowed';` }],
    ['the compiler options', { 'tsconfig.json': '{}' }],
    ['a package', { 'package.json': '{"sideEffects":false}' }],
  ])('builds again if %s has changed', (_what, files) => {
    bundle();
    breakEsbuild();
    write(files);
    expect(bundle).toThrow('esbuild was loaded');
  });

  test('builds again if an installed package was replaced', () => {
    const old = (version: string) => ({ 'node_modules/old/package.json': `{"name":"old","version":"${version}"}` });
    write({
      ...old('1.0.0'),
      'node_modules/old/index.js': `export const old = 1;`,
      'handlers/search.ts': `import { old } from 'old'; export const handler = async () => old;`,
    });
    bundle();
    breakEsbuild();
    bundle();
    write(old('1.0.10'));
    expect(bundle).toThrow('esbuild was loaded');
  });

  test('builds again with another esbuild', () => {
    bundle();
    breakEsbuild();
    write({ 'node_modules/esbuild/package.json': ESBUILD_PACKAGE.replace('1.0.0', '1.0.1') });
    expect(bundle).toThrow('esbuild was loaded');
  });

  test('other options are another bundle, and neither disturbs the other', () => {
    const [plain, readable] = [hashes(bundle()), hashes(bundle({ minify: false }))];
    breakEsbuild();
    expect(readable).not.toEqual(plain);
    expect(hashes(bundle())).toEqual(plain);
    expect(hashes(bundle({ minify: false }))).toEqual(readable);
  });

  test.each(['manifest.json', 'package'])('rebuilds if its %s is damaged or missing', (what) => {
    const first = bundle();
    const path = folder(first, 'search');
    if (what === 'package') rmSync(path, { recursive: true });
    else writeFileSync(join(path, '../manifest.json'), '{"format":1,"fil');
    expect(hashes(bundle())).toEqual(hashes(first));
    expect(run(path)).toBe('from search, lazily');
  });

  test('deletes packages of earlier builds, but not immediately', () => {
    const former = folder(bundle(), 'orders');
    write({ 'shared/shared.ts': `export const shared = () => 'second';` });
    bundle();
    expect(readdirSync(former)).toContain('index.mjs');
    utimesSync(former, LONG_AGO, LONG_AGO);
    write({ 'shared/shared.ts': `export const shared = () => 'third';` });
    bundle();
    expect(() => statSync(former)).toThrow('ENOENT');
  });
});

describe('HandlerBundle fails', () => {
  test('when the directory is no folder', () => {
    expect(() => HandlerBundle.fromDirectory(join(project, 'nowhere'))).toThrow('directory must be a folder');
    expect(() => HandlerBundle.fromDirectory(join(project, 'handlers/search.ts'))).toThrow('must be a folder');
  });

  test('when no file exports a handler', () => {
    expect(() => HandlerBundle.fromDirectory(join(project, 'shared'))).toThrow('no .ts or .js file of');
  });

  test('when a handler is exported by CommonJS, with the file and a solution', () => {
    const advice = /can't find CommonJS exports \(labels\.js\): write 'export const handler = \.\.\.' or use/;
    write({ 'handlers/labels.js': `exports.handler = async () => 'commonjs';` });
    expect(() => bundle().handler('labels')).toThrow(advice);
    for (const name of ['search', 'orders']) rmSync(join(project, 'handlers', `${name}.ts`));
    expect(bundle).toThrow(advice);
  });

  test.each<[unknown, unknown, RegExp]>([
    [7, {}, /directory must be the path of a folder, got 7/],
    ['handlers', { externalModule: ['x'] }, /props must be of outputDirectory, .*, got externalModule/],
    ['handlers', { externalModules: 'aws-sdk' }, /externalModules must be a list, got 'aws-sdk'/],
  ])('from JavaScript, on %p with %p', (directory, props, message) => {
    expect(() => HandlerBundle.fromDirectory(directory as string, props as HandlerBundleProps)).toThrow(message);
  });

  test('when a file does not compile, with the position', () => {
    write({ 'handlers/search.ts': `import './nothing';\nexport const handler = 1;` });
    expect(bundle).toThrow(/can't bundle .*handlers:\n {2}search\.ts:1:7: Could not resolve/);
  });

  test('when a package is not installed, with how to get it', () => {
    write({ 'handlers/search.ts': `import '@aws-sdk/client-nothing/dist';\nexport const handler = 1;` });
    expect(bundle).toThrow(/npm install --save-dev @aws-sdk\/client-nothing$/);
    write({ 'handlers/search.ts': `import './nothing';\nexport const handler = 1;` });
    expect(bundle).not.toThrow(/npm install/);
  });

  test('when there is no esbuild, with how to get it', () => {
    rmSync(join(project, 'node_modules/esbuild'), { recursive: true });
    expect(bundle).toThrow("run 'npm install --save-dev esbuild'");
  });
});
