/**
 * Builds what is shipped as JavaScript besides lib/: the library's own functions, ready to deploy, and the code behind the entry points
 * `cdk-breakwater/runtime` and `cdk-breakwater/testing`. Declarations of the entry points come from the compiler.
 */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const ROOT = resolve(__dirname, '..');
const BUILD = join(ROOT, 'build');

/** The SDK is the app's to choose; the app's own bundle takes it in. */
const EXTERNAL = ['@aws-sdk/*', '@smithy/*', 'aws-cdk-lib', 'constructs'];

const ENTRY_POINT: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  // The oldest Node.js on which apps may synthesize and test; the deployed one is newer.
  target: 'node20',
  mainFields: ['module', 'main'],
  external: EXTERNAL,
  legalComments: 'inline',
  logLevel: 'warning',
};

/** The part of the compiled library that is used here. Compile lib/ first. */
interface CompiledLibrary {
  readonly HandlerBundle: {
    fromDirectory(directory: string): { _packages(): { name: string; folder: string; hash: string }[] };
  };
}

/** One folder a function, the same bytes as from source, and their hashes beside, so that synth needn't read them. */
function buildSystemHandlers(): void {
  const target = join(BUILD, 'lambdas', 'system');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const { HandlerBundle } = require(join(BUILD, 'lib', 'functions', 'handler-bundle.js')) as CompiledLibrary;
  const bundle = HandlerBundle.fromDirectory(join(ROOT, 'lambdas', 'system'));
  const hashes: Record<string, string> = {};
  for (const { name, folder, hash } of bundle._packages()) {
    cpSync(folder, join(target, name), { recursive: true });
    hashes[name] = hash;
  }
  writeFileSync(join(target, 'hashes.json'), `${JSON.stringify(hashes, null, 2)}\n`);
}

async function buildEntryPoints(): Promise<void> {
  const runtime = join(BUILD, 'lambdas', 'runtime');
  const testing = join(BUILD, 'testing');
  removeJavaScript(runtime);
  removeJavaScript(testing);
  await Promise.all([
    // Splitting keeps what a handler may never need out of what its cold start reads.
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
}

/** Chunks of a former build would be shipped for ever. */
function removeJavaScript(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (/\.m?js$/.test(name)) rmSync(join(folder, name));
  }
}

buildSystemHandlers();
buildEntryPoints().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
