/**
 * Builds the JavaScript that the npm package contains in addition to lib/:
 * - the library's own functions, ready to deploy
 * - the entry points `cdk-breakwater/runtime` and `cdk-breakwater/testing`, whose declarations come
 *   from the compiler
 * - the commands of `npx breakwater`
 *
 * The script also writes THIRD-PARTY-NOTICES for the packages that are bundled.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { buildCommands } from './build-commands';
import { noticesOf } from './notices';

const ROOT = resolve(__dirname, '..');
const BUILD = join(ROOT, 'build');

/** Packages that aren't bundled, because the app chooses their versions and bundles them itself. */
const EXTERNAL = ['@aws-sdk/*', '@smithy/*', 'aws-cdk-lib', 'constructs'];

const ENTRY_POINT: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  // The oldest Node.js with which apps can synthesize and test. Functions run on a newer version.
  target: 'node20',
  mainFields: ['module', 'main'],
  external: EXTERNAL,
  legalComments: 'inline',
  logLevel: 'warning',
  metafile: true,
};

/** The used part of the compiled library. `compileLibrary` must have run. */
interface CompiledLibrary {
  readonly HandlerBundle: {
    fromDirectory(directory: string): { _packages(): { name: string; folder: string; hash: string }[] };
  };
}

/**
 * Writes one folder for each function, with the same bytes as a bundle from source. The file
 * hashes.json contains the hash of each folder, so that synth doesn't have to compute it.
 * @returns absolute paths of the bundled files
 */
function buildSystemHandlers(): string[] {
  const target = join(BUILD, 'lambdas', 'system');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const { HandlerBundle } = require(join(BUILD, 'lib', 'functions', 'handler-bundle.js')) as CompiledLibrary;
  const sources = join(ROOT, 'lambdas', 'system');
  const hashes: Record<string, string> = {};
  let home = '';
  for (const { name, folder, hash } of HandlerBundle.fromDirectory(sources)._packages()) {
    cpSync(folder, join(target, name), { recursive: true });
    hashes[name] = hash;
    home = dirname(folder);
  }
  writeFileSync(join(target, 'hashes.json'), `${JSON.stringify(hashes, null, 2)}\n`);
  const { files } = JSON.parse(readFileSync(join(home, 'manifest.json'), 'utf8')) as { files: { path: string }[] };
  return files.map(({ path }) => join(sources, path));
}

/** @returns absolute paths of the bundled files */
async function buildEntryPoints(): Promise<string[]> {
  const runtime = join(BUILD, 'lambdas', 'runtime');
  const testing = join(BUILD, 'testing');
  removeJavaScript(runtime);
  removeJavaScript(testing);
  const results = await Promise.all([
    // Splitting keeps rarely needed code out of the files that a cold start reads.
    build({
      ...ENTRY_POINT,
      entryPoints: { index: 'lambdas/runtime/index.ts' },
      outdir: runtime,
      format: 'esm',
      splitting: true,
      chunkNames: 'chunk-[hash]',
      outExtension: { '.js': '.mjs' },
    }),
    build({ ...ENTRY_POINT, entryPoints: ['lambdas/runtime/index.ts'], outdir: runtime, format: 'cjs' }),
    build({ ...ENTRY_POINT, entryPoints: ['testing/index.ts'], outdir: testing, format: 'cjs' }),
  ]);
  return results.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {})).map((path) => join(ROOT, path));
}

/** Removes JavaScript of earlier builds. Otherwise the package would contain outdated chunks. */
function removeJavaScript(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (/\.m?js$/.test(name)) rmSync(join(folder, name));
  }
}

async function main(): Promise<void> {
  const inputs = [...buildSystemHandlers(), ...(await buildEntryPoints()), ...(await buildCommands())];
  writeFileSync(join(ROOT, 'THIRD-PARTY-NOTICES'), noticesOf(inputs));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
