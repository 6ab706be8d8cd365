import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Suffixes of handler files. If files have the same name, the first suffix of this list is used,
 * because tsc may write .js next to .ts. .js beside .ts.
 */
const SUFFIXES = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];
const SOURCE = /^([A-Za-z0-9_-]+)(\.[cm]?[jt]s)$/;

/** A file that may be a handler. */
export interface HandlerSource {
  /** File name without the suffix. */
  readonly name: string;
  /** File name in the directory. */
  readonly file: string;
  /** Whether the source text may export `handler`. esbuild's list of exports decides. */
  readonly mayExport: boolean;
  /**
   * Whether the source text may export it by CommonJS. esbuild's list doesn't contain such exports.
   */
  readonly mayBeCommonJs: boolean;
}

/** Source files of a directory, one for each name, in a fixed order. */
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
 * Text for an error that names the files which export `handler` by CommonJS. Empty if there are
 * none.
 */
export function commonJsAdvice(sources: readonly HandlerSource[]): string {
  const files = sources.filter(({ mayBeCommonJs }) => mayBeCommonJs).map(({ file }) => file);
  if (files.length === 0) return '';
  return `. CommonJS exports aren't seen (${files.join(', ')}): write 'export const handler = ...' or use Handler.fromCode()`;
}

function lookInto(path: string): Pick<HandlerSource, 'mayExport' | 'mayBeCommonJs'> {
  const text = readFileSync(path, 'utf8');
  return {
    mayExport: /\bexport\b[^;]*\bhandler\b|\bexport\s*\*/.test(text),
    mayBeCommonJs: /\bexports\.handler\s*=|\bmodule\.exports\s*=|\bexport\s*=/.test(text),
  };
}
