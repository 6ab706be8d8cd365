import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Suffixes of handler files. If several files have the same name before the suffix, the file whose
 * suffix is first in this list is used. For example, tsc may write a .js file next to the .ts file.
 */
const SUFFIXES = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];
const SOURCE = /^([A-Za-z0-9_-]+)(\.[cm]?[jt]s)$/;

/** A file that may be a handler. */
export interface HandlerSource {
  /** File name without the suffix. */
  readonly name: string;
  /** File name in the directory. */
  readonly file: string;
  /**
   * Whether the source text may export `handler`. This is a guess from the text. esbuild's list of
   * exports decides later.
   */
  readonly mayExport: boolean;
  /**
   * Whether the source text may export `handler` by CommonJS. esbuild's list of exports doesn't
   * contain such exports.
   */
  readonly mayBeCommonJs: boolean;
}

/** Returns the source files of a directory, one for each name, sorted by name. */
export function sourcesOf(directory: string): HandlerSource[] {
  const sources = new Map<string, HandlerSource>();
  const files = readdirSync(directory).flatMap((file) => {
    const [, name, suffix] = SOURCE.exec(file) ?? [];
    return name === undefined || suffix === undefined ? [] : [{ name, file, rank: SUFFIXES.indexOf(suffix) }];
  });
  for (const { name, file } of files.sort((a, b) => a.rank - b.rank)) {
    if (!sources.has(name)) sources.set(name, { name, file, ...lookInto(join(directory, file)) });
  }
  return [...sources.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Returns a text for an error. It names the files that export `handler` by CommonJS. If there are
 * no such files, the text is empty.
 */
export function commonJsAdvice(sources: readonly HandlerSource[]): string {
  const files = sources.filter(({ mayBeCommonJs }) => mayBeCommonJs).map(({ file }) => file);
  if (files.length === 0) return '';
  return `. HandlerBundle can't find CommonJS exports (${files.join(', ')}): write 'export const handler = ...' or use Handler.fromCode()`;
}

function lookInto(path: string): Pick<HandlerSource, 'mayExport' | 'mayBeCommonJs'> {
  const text = readFileSync(path, 'utf8');
  return {
    mayExport: /\bexport\b[^;]*\bhandler\b|\bexport\s*\*/.test(text),
    mayBeCommonJs: /\bexports\.handler\s*=|\bmodule\.exports\s*=|\bexport\s*=/.test(text),
  };
}
