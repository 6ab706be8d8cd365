import { readFileSync } from 'node:fs';
import { BreakwaterError } from '../../validation';

/** One output or input of a build, as esbuild's metafile describes it. */
export interface BuildOutput {
  readonly exports: readonly string[];
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
}

/** The result of a build, with `metafile` on and `write` off. */
export interface BuildResult {
  readonly outputFiles: readonly { readonly path: string; readonly contents: Uint8Array }[];
  readonly metafile: { readonly inputs: object; readonly outputs: { readonly [path: string]: BuildOutput } };
}

/** The error of a failed build. */
export interface BuildFailure {
  readonly errors: readonly {
    readonly text: string;
    readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
  }[];
}

/**
 * Go's garbage collector doesn't run in esbuild's process below 1 GiB of memory. This is safe,
 * because the process ends after one build. Without the collector, a build takes a third less time.
 * esbuild's command line turns the collector off too.
 * https://pkg.go.dev/runtime#hdr-Environment_Variables
 */
const COLLECTOR = { GOGC: 'off', GOMEMLIMIT: '1GiB' };

/**
 * The part of esbuild's API that this library uses. The library doesn't import esbuild's types,
 * because every user of this library would then need them.
 */
interface Esbuild {
  buildSync(options: object): BuildResult;
}

/** Version of the app's esbuild. The code reads it without loading esbuild. */
export function esbuildVersion(): string {
  return (JSON.parse(readFileSync(resolve('esbuild/package.json'), 'utf8')) as { version: string }).version;
}

/**
 * Builds with the app's own esbuild.
 * @throws BuildFailure if the sources have errors
 */
export function runEsbuild(options: object): BuildResult {
  const esbuild = require(resolve('esbuild')) as Esbuild;
  const names = Object.keys(COLLECTOR);
  const before = names.map((name) => process.env[name]);
  if (before.every((value) => value === undefined)) Object.assign(process.env, COLLECTOR);
  try {
    return esbuild.buildSync(options);
  } finally {
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) delete process.env[name];
    }
  }
}

function resolve(request: string): string {
  try {
    return require.resolve(request, { paths: [process.cwd()] });
  } catch {
    throw new BreakwaterError(
      `HandlerBundle needs esbuild, but can't find it from ${process.cwd()}: run 'npm install --save-dev esbuild', or pass built code to Handler.fromCode()`,
    );
  }
}
