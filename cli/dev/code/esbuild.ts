import * as path from 'node:path';
import type { BuildContext, BuildFailure, BuildOptions, BuildResult } from 'esbuild';
import { LocalError } from '../../../local/local-error';
import { BuildError } from './code-unit';

type Esbuild = Pick<typeof import('esbuild'), 'context' | 'stop'>;
/** A build result with output files and metafile. */
export type WholeResult = BuildResult<{ metafile: true; write: false }>;

let loaded: Esbuild | undefined;

/**
 * Makes an incremental build with the app's own esbuild.
 * @throws LocalError if the app has none
 */
export async function contextOf(directory: string, options: object): Promise<BuildContext<BuildOptions>> {
  loaded ??= load(directory);
  return loaded.context({ ...options, metafile: true, write: false, logLevel: 'silent' });
}

/**
 * Builds again.
 * @param directory folder that the errors' paths are relative to
 * @throws BuildError with a line for each error
 */
export async function rebuild(context: BuildContext<BuildOptions>, directory: string): Promise<WholeResult> {
  try {
    return (await context.rebuild()) as WholeResult;
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (errors === undefined) throw error;
    const lines = errors.map(({ location, text }) => {
      if (location === null) return text;
      const file = path.relative(process.cwd(), path.resolve(directory, location.file));
      return `${file}:${location.line}:${location.column + 1}: ${text}`;
    });
    throw new BuildError(lines.join('\n'));
  }
}

/** Absolute paths of the files that a build read, without those of installed packages. */
export function inputsOf({ metafile }: WholeResult, directory: string): string[] {
  return Object.keys(metafile.inputs)
    .map((input) => input.replace(/^\(disabled\):/, ''))
    .filter((input) => !input.startsWith('<') && !/(^|\/)node_modules\//.test(input) && !/^[a-z-]+:/.test(input))
    .map((input) => path.resolve(directory, input));
}

/** Ends esbuild's process. */
export async function stopEsbuild(): Promise<void> {
  await loaded?.stop();
  loaded = undefined;
}

function load(directory: string): Esbuild {
  try {
    return require(require.resolve('esbuild', { paths: [directory] })) as Esbuild;
  } catch {
    throw new LocalError(
      `handlers are built by the app's own esbuild, got none from ${directory}: npm install esbuild`,
    );
  }
}
