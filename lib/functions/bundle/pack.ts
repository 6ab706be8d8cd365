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

/** Names of chunks, by esbuild's option `chunkNames`. */
const CHUNK_NAME = /chunk-[A-Z0-9]{8}\.mjs/g;

/** Name of the module that Lambda loads. */
export const HANDLER_MODULE = 'index.mjs';

/**
 * The deployment package of one handler: its module and the chunks that it imports, by file name.
 */
export interface BuiltHandler {
  /** Hash of the contents. It doesn't depend on the names of chunks. */
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
  return { hash: hashOf([HANDLER_MODULE, ...needed], sorted), files: sorted };
}

/**
 * Hash of a package. esbuild puts paths of sources into the names of chunks, so the names depend on
 * the folders of symbolically linked packages. The hash replaces each name by its position.
 * @param names names in the order of imports, which doesn't depend on folders
 */
function hashOf(names: readonly string[], files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const name of names) {
    const content = Buffer.from(files.get(name)!)
      .toString('latin1')
      .replace(CHUNK_NAME, (found) => (names.includes(found) ? `chunk-${names.indexOf(found)}` : found));
    hash.update(`${content.length}\0`).update(content, 'latin1');
  }
  return hash.digest('hex');
}
