import { basename } from 'node:path';
import { BreakwaterError } from '../../validation';
import { type BuildFailure, type BuildResult, runEsbuild } from './esbuild';
import type { BundleOptions } from './options';
import { type BuiltHandler, bundleOptions, packHandlers } from './pack';
import type { HandlerSource } from './sources';

/** The result of one run of esbuild. */
export interface BuiltBundle {
  readonly handlers: ReadonlyMap<string, BuiltHandler>;
  /** Source maps by file name. The name is the output's name with the suffix `.map`. */
  readonly maps: ReadonlyMap<string, Uint8Array>;
  /** Every file that esbuild read, relative to the directory. */
  readonly inputs: readonly string[];
}

/** Bundles the entries of a directory together, so that shared code becomes shared chunks. */
export function build(directory: string, entries: readonly HandlerSource[], options: BundleOptions): BuiltBundle {
  const result = run(directory, entries, options);
  const outputs = result.outputFiles.map(({ path, contents }) => [basename(path), contents] as const);
  return {
    handlers: packHandlers(result, entries),
    maps: new Map(outputs.filter(([name]) => name.endsWith('.map'))),
    inputs: Object.keys(result.metafile.inputs)
      .map((path) => path.replace(/^\(disabled\):/, ''))
      .filter((path) => !path.startsWith('<')),
  };
}

function run(directory: string, entries: readonly HandlerSource[], options: BundleOptions): BuildResult {
  try {
    return runEsbuild(bundleOptions(directory, entries, options));
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (errors === undefined) throw error;
    const lines = errors.map(({ location, text }) =>
      location ? `  ${location.file}:${location.line}:${location.column}: ${text}` : `  ${text}`,
    );
    throw new BreakwaterError(
      `HandlerBundle can't bundle ${directory}:\n${lines.join('\n')}${missingPackages(errors)}`,
    );
  }
}

/** Advice to install packages that esbuild couldn't find. */
function missingPackages(errors: BuildFailure['errors']): string {
  const names = errors.flatMap(({ text }) => /^Could not resolve "((?:@[^/"]+\/)?[^./"][^/"]*)/.exec(text)?.[1] ?? []);
  if (names.length === 0) return '';
  return `\nInstall what handlers import: npm install --save-dev ${[...new Set(names)].sort().join(' ')}`;
}
