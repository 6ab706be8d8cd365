import { readFileSync } from 'node:fs';
import { BreakwaterError } from '../../validation';

/** One output or input of a build, as esbuild's metafile has it. */
export interface BuildOutput {
  readonly exports: readonly string[];
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
}

/** What a build gives, with `metafile` on and `write` off. */
export interface BuildResult {
  readonly outputFiles: readonly { readonly path: string; readonly contents: Uint8Array }[];
  readonly metafile: { readonly inputs: object; readonly outputs: { readonly [path: string]: BuildOutput } };
}

/** What a failed build throws. */
export interface BuildFailure {
  readonly errors: readonly {
    readonly text: string;
    readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
  }[];
}

/**
 * How Go collects garbage in the process that esbuild starts: not at all below a GiB, since it lives for one build. From its command
 * line esbuild does the same itself; a third of the build's time is saved. https://pkg.go.dev/runtime#hdr-Environment_Variables
 */
const COLLECTOR = { GOGC: 'off', GOMEMLIMIT: '1GiB' };

/** What is used of esbuild: its own types would become the business of whoever compiles against this library. */
interface Esbuild {
  buildSync(options: object): BuildResult;
}

/** Version of the esbuild that the app has installed; read without loading it. */
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
      `HandlerBundle needs esbuild, and there is none to be found from ${process.cwd()}: run 'npm install --save-dev esbuild', or give built code to Handler.fromCode()`,
    );
  }
}
