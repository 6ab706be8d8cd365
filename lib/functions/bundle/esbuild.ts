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

/** What is used of esbuild: its own types would become the business of whoever compiles against this library. */
interface Esbuild {
  buildSync(options: object): BuildResult;
}

/** Version of the esbuild that the app has installed; read without loading it. */
export function esbuildVersion(): string {
  return (JSON.parse(readFileSync(resolve('esbuild/package.json'), 'utf8')) as { version: string }).version;
}

/** The app's own esbuild. */
export function loadEsbuild(): Esbuild {
  return require(resolve('esbuild')) as Esbuild;
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
