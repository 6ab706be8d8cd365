import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { BreakwaterError } from '../../validation';
import { type BuildFailure, type BuildResult, runEsbuild } from './esbuild';
import { type BundleOptions, esbuildOptions } from './options';
import type { HandlerSource } from './sources';

/**
 * esbuild needs an output folder for the paths of imports between outputs. Nothing is written to
 * it.
 */
const OUT = '.breakwater-out';

/** Name of the module that Lambda loads. */
export const HANDLER_MODULE = 'index.mjs';

/**
 * The deployment package of one handler: its module and the chunks that it imports, by file name.
 */
export interface BuiltHandler {
  /** Hash of names and contents. */
  readonly hash: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The result of one run of esbuild. */
export interface BuiltBundle {
  readonly handlers: ReadonlyMap<string, BuiltHandler>;
  /** Source maps by the name of the output they belong to. */
  readonly maps: ReadonlyMap<string, Uint8Array>;
  /** Every file that esbuild read, relative to the directory. */
  readonly inputs: readonly string[];
}

/** Bundles the entries of a directory together, so that shared code becomes shared chunks. */
export function build(directory: string, entries: readonly HandlerSource[], options: BundleOptions): BuiltBundle {
  const result = run(directory, entries, options);
  const outputs = new Map(result.outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const handlers = new Map<string, BuiltHandler>();
  for (const { name } of entries) {
    const output = `${name}.mjs`;
    if (!result.metafile.outputs[`${OUT}/${output}`]?.exports.includes('handler')) continue;
    handlers.set(name, pack(output, result.metafile, outputs));
  }
  return {
    handlers,
    maps: new Map([...outputs].filter(([name]) => name.endsWith('.map'))),
    inputs: Object.keys(result.metafile.inputs)
      .map((path) => path.replace(/^\(disabled\):/, ''))
      .filter((path) => !path.startsWith('<')),
  };
}

function run(directory: string, entries: readonly HandlerSource[], options: BundleOptions): BuildResult {
  try {
    return runEsbuild({
      ...esbuildOptions(options),
      entryPoints: entries.map(({ file }) => join(directory, file)),
      absWorkingDir: directory,
      outdir: join(directory, OUT),
    });
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

/** Text that says how to install missing packages. */
function missingPackages(errors: BuildFailure['errors']): string {
  const names = errors.flatMap(({ text }) => /^Could not resolve "((?:@[^/"]+\/)?[^./"][^/"]*)/.exec(text)?.[1] ?? []);
  if (names.length === 0) return '';
  return `\nInstall what handlers import: npm install --save-dev ${[...new Set(names)].sort().join(' ')}`;
}

/** Names of the outputs that an output imports. */
function importsOf(metafile: BuildResult['metafile'], output: string): string[] {
  return metafile.outputs[`${OUT}/${output}`]!.imports.filter(({ external }) => !external).map(({ path }) =>
    basename(path),
  );
}

function pack(
  output: string,
  metafile: BuildResult['metafile'],
  outputs: ReadonlyMap<string, Uint8Array>,
): BuiltHandler {
  const needed = new Set(importsOf(metafile, output));
  for (const name of needed) for (const next of importsOf(metafile, name)) needed.add(next);
  const files = new Map([...needed].map((name) => [name, outputs.get(name)!]));
  if (needed.has(output)) {
    // A chunk may import the entry by its original name. Both names must load the same module
    // instance.
    files.set(HANDLER_MODULE, Buffer.from(`export*from'./${output}';\n`));
  } else {
    files.set(HANDLER_MODULE, outputs.get(output)!);
  }
  const sorted = new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  const hash = createHash('sha256');
  for (const [name, content] of sorted) {
    hash.update(`${name}\0${content.length}\0`);
    hash.update(content);
  }
  return { hash: hash.digest('hex'), files: sorted };
}
