import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withContents } from './api-contents';
import { bin, type Ended, ROOT, runNode } from './run';

/**
 * Name of the compiler configuration that jsii generates. jsii must not overwrite tsconfig.json.
 */
const JSII_CONFIG = '.tsconfig.jsii.json';
/** Environment that turns off jsii's warning about the version of Node.js. */
const QUIET = { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' };

/** Compiles lib/ with jsii, and writes the manifest .jsii for the packages of other languages. */
export async function compileLibrary(): Promise<Ended> {
  rmSync(join(ROOT, 'build'), { recursive: true, force: true });
  const ended = await runNode([bin('jsii/bin/jsii'), '--generate-tsconfig', JSII_CONFIG], {
    timeout: 240,
    env: QUIET,
  });
  if (ended.code === 0) allowReferences(join(ROOT, JSII_CONFIG));
  return ended;
}

/**
 * Sets `composite`, so that tsconfig.entry-points.json can refer to the library. With its option
 * `projectReferences`, jsii would set `composite` itself, but would refuse dependencies that are
 * installed under another name.
 */
function allowReferences(file: string): void {
  const config = JSON.parse(readFileSync(file, 'utf8')) as { compilerOptions: object };
  const compilerOptions = { ...config.compilerOptions, composite: true };
  writeFileSync(file, JSON.stringify({ ...config, compilerOptions }, null, 2));
}

/**
 * Compiles the declarations of the entry points runtime and testing, then their code and the
 * library's own functions. Needs `compileLibrary`.
 */
export async function compileEntryPoints(): Promise<Ended> {
  const types = await runNode([bin('typescript/bin/tsc'), '-p', 'tsconfig.entry-points.json'], { timeout: 180 });
  if (types.code !== 0) return types;
  return runNode(['--import', 'tsx', 'scripts/build-lambdas.ts'], { timeout: 180 });
}

/**
 * Writes the library's reference. Needs `compileLibrary`.
 * @param target file to write, relative to the repository
 */
export async function writeApiDocs(target: string): Promise<Ended> {
  const file = join(ROOT, target);
  mkdirSync(dirname(file), { recursive: true });
  const ended = await runNode([bin('jsii-docgen/bin/jsii-docgen'), '-o', target], { timeout: 120, env: QUIET });
  if (ended.code === 0) writeFileSync(file, withContents(readFileSync(file, 'utf8')));
  return ended;
}

async function main(): Promise<void> {
  const steps = process.argv.includes('--api')
    ? [compileLibrary, () => writeApiDocs('API.md')]
    : [compileLibrary, compileEntryPoints];
  for (const step of steps) {
    const { code, output } = await step();
    if (output.trim() !== '') console.error(output.trim());
    if (code !== 0) process.exit(code);
  }
}

if (require.main === module) void main();
