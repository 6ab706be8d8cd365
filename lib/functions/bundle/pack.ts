import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { BuildResult } from './esbuild';
import { type BundleOptions, esbuildOptions } from './options';
import type { HandlerSource } from './sources';

/**
 * Output folder for esbuild, which needs one to make the paths of imports between outputs. No file
 * is written to it.
 */
export const OUT = '.breakwater-out';

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

/** Options of esbuild for the entries of a directory. */
export function bundleOptions(directory: string, entries: readonly HandlerSource[], options: BundleOptions) {
  return {
    ...esbuildOptions(options),
    entryPoints: entries.map(({ file }) => join(directory, file)),
    absWorkingDir: directory,
    outdir: join(directory, OUT),
  };
}

/** The packages of a build: one for each entry that exports `handler`. */
export function packHandlers(
  { outputFiles, metafile }: BuildResult,
  entries: readonly HandlerSource[],
): Map<string, BuiltHandler> {
  const outputs = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const handlers = new Map<string, BuiltHandler>();
  for (const { name } of entries) {
    const output = `${name}.mjs`;
    if (!metafile.outputs[`${OUT}/${output}`]?.exports.includes('handler')) continue;
    handlers.set(name, pack(output, metafile, outputs));
  }
  return handlers;
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
    // A chunk imports the entry by its original name, `output`. This name and `index.mjs` must load
    // the same module instance.
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
