import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Format } from 'esbuild';
import { bin, type Ended, ROOT, runNode } from './run';

/** jsii must not find the hand-written tsconfig.json in its way, so it is told another name. */
const JSII_CONFIG = '.tsconfig.jsii.json';
/** jsii says at each start which versions of Node it likes; which ones this project runs on is checked by `npm test`. */
const QUIET = { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' };
/** Stays the consumer's own: what Lambda brings, and what an app has anyway. */
const EXTERNAL = ['@aws-sdk/*', '@smithy/*', 'aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', '@types/*'];
const DOORS: readonly { readonly source: string; readonly target: string; readonly format: Format }[] = [
  { source: 'lambdas/runtime/index.ts', target: 'build/lambdas/runtime/index.mjs', format: 'esm' },
  { source: 'lambdas/runtime/index.ts', target: 'build/lambdas/runtime/index.js', format: 'cjs' },
  { source: 'testing/index.ts', target: 'build/testing/index.js', format: 'cjs' },
];
/** Lets a bundle of CommonJS packages be an ES module. */
const REQUIRE_BANNER =
  "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);";

/** Compiles lib/ with jsii: build/lib and the manifest .jsii that every other language's package is made from. */
export async function compileLibrary(): Promise<Ended> {
  rmSync(join(ROOT, 'build'), { recursive: true, force: true });
  return runNode([bin('jsii/bin/jsii'), '--generate-tsconfig', JSII_CONFIG], { timeout: 240, env: QUIET });
}

/** Builds the other doors of the package, runtime and testing, and the library's own functions. Needs `compileLibrary`. */
export async function compileDoors(): Promise<Ended> {
  const types = await runNode([bin('typescript/bin/tsc'), '-p', 'tsconfig.doors.json'], { timeout: 180 });
  if (types.code !== 0) return types;
  try {
    for (const { source, target, format } of DOORS) {
      await build({
        entryPoints: [join(ROOT, source)],
        outfile: join(ROOT, target),
        bundle: true,
        platform: 'node',
        target: 'node20',
        format,
        mainFields: ['module', 'main'],
        external: EXTERNAL,
        logLevel: 'silent',
        ...(format === 'esm' ? { banner: { js: REQUIRE_BANNER } } : {}),
      });
    }
  } catch (error) {
    return { code: 1, output: String(error), stdout: '' };
  }
  const lambdas = ['build-lambdas.ts', 'build-lambdas.mjs'].find((name) => existsSync(join(ROOT, 'scripts', name)));
  return lambdas === undefined ? types : runNode(['--import', 'tsx', `scripts/${lambdas}`]);
}

/** Writes the library's reference. Needs `compileLibrary`. @param target relative to the repository */
export async function writeApiDocs(target: string): Promise<Ended> {
  mkdirSync(join(ROOT, target, '..'), { recursive: true });
  return runNode([bin('jsii-docgen/bin/jsii-docgen'), '-o', target], { timeout: 120, env: QUIET });
}

async function main(): Promise<void> {
  const steps = process.argv.includes('--api')
    ? [compileLibrary, () => writeApiDocs('API.md')]
    : [compileLibrary, compileDoors];
  for (const step of steps) {
    const { code, output } = await step();
    if (output.trim() !== '') console.error(output.trim());
    if (code !== 0) process.exit(code);
  }
}

if (require.main === module) void main();
