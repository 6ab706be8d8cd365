import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BreakwaterError } from '../../validation';
import { withoutFacades } from './builtin-imports';
import { type BuildFailure, type BuildResult, runEsbuild } from './esbuild';
import { type BundleOptions, esbuildOptions } from './options';

/** esbuild needs a place for relative imports between outputs; nothing is written there. */
const OUT = '.breakwater-out';

/** Name of the module that Lambda starts with. */
export const HANDLER_MODULE = 'index.mjs';

/** One handler as it is packed: its module and the chunks it needs, by file name. */
export interface BuiltHandler {
  /** Of names and contents: equal hash, equal package. */
  readonly hash: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** What one run of esbuild made. */
export interface BuiltBundle {
  readonly handlers: ReadonlyMap<string, BuiltHandler>;
  /** Source maps by the name of the output they belong to. */
  readonly maps: ReadonlyMap<string, Uint8Array>;
  /** Every file that was read, relative to the directory. */
  readonly inputs: readonly string[];
}

/** Bundles the entries of a directory together, so that what they share is one chunk. */
export function build(directory: string, entries: readonly string[], options: BundleOptions): BuiltBundle {
  const result = run(directory, entries, options);
  const outputs = new Map(
    result.outputFiles.map(({ path, contents }) => {
      const name = basename(path);
      const output = result.metafile.outputs[`${OUT}/${name}`];
      if (output === undefined || name.endsWith('.map')) return [name, contents];
      return [name, Buffer.from(withoutFacades(Buffer.from(contents).toString(), output.imports))];
    }),
  );
  const handlers = new Map<string, BuiltHandler>();
  for (const entry of entries) {
    const output = `${entry}.mjs`;
    if (!result.metafile.outputs[`${OUT}/${output}`]?.exports.includes('handler')) continue;
    handlers.set(entry, pack(output, result.metafile, outputs));
  }
  return {
    handlers,
    maps: new Map([...outputs].filter(([name]) => name.endsWith('.map'))),
    inputs: Object.keys(result.metafile.inputs)
      .map((path) => path.replace(/^\(disabled\):/, ''))
      .filter((path) => !path.startsWith('<')),
  };
}

/** Whether a source may export a handler. esbuild's list of exports decides; this only keeps helper files from becoming entries. */
export function mayExportHandler(path: string): boolean {
  return /\bexport\b[^;]*\bhandler\b|\bexport\s*\*/.test(readFileSync(path, 'utf8'));
}

function run(directory: string, entries: readonly string[], options: BundleOptions): BuildResult {
  try {
    return runEsbuild({
      ...esbuildOptions(options),
      entryPoints: entries.map((entry) => join(directory, `${entry}.ts`)),
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

/** What to do about packages that aren't there. */
function missingPackages(errors: BuildFailure['errors']): string {
  const names = errors.flatMap(({ text }) => /^Could not resolve "((?:@[^/"]+\/)?[^./"][^/"]*)/.exec(text)?.[1] ?? []);
  if (names.length === 0) return '';
  return `\nInstall what handlers import: npm install --save-dev ${[...new Set(names)].sort().join(' ')}`;
}

/** Names of the outputs that one imports. */
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
    // A chunk imports the entry by its own name: one instance of it must serve both names.
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
