import type { RecordedRun } from './app-record';

/** Options of esbuild's `build` from a command line. */
export type EsbuildOptions = Readonly<Record<string, unknown>> & { readonly entryPoints: readonly string[] };

/** Flags that collect `--flag:value` into a list. */
const LISTS: Readonly<Record<string, string>> = {
  external: 'external',
  inject: 'inject',
  pure: 'pure',
  drop: 'drop',
  'drop-labels': 'dropLabels',
};
/** Flags that collect `--flag:name=value` into an object. */
const MAPS: Readonly<Record<string, string>> = {
  define: 'define',
  loader: 'loader',
  alias: 'alias',
  banner: 'banner',
  footer: 'footer',
  'out-extension': 'outExtension',
  'log-override': 'logOverride',
  supported: 'supported',
};
/** Flags with one value that is a comma-separated list. */
const COMMA_LISTS = new Set(['main-fields', 'conditions', 'resolve-extensions', 'target']);
/** Flags without an effect on the code. */
const IGNORED = new Set(['log-level', 'color', 'log-limit', 'metafile', 'analyze']);
/** Flags with at most one value. */
const PLAIN = new Set([
  ...COMMA_LISTS,
  'bundle',
  'minify',
  'minify-whitespace',
  'minify-identifiers',
  'minify-syntax',
  'platform',
  'format',
  'sourcemap',
  'sources-content',
  'source-root',
  'outfile',
  'outdir',
  'outbase',
  'charset',
  'tsconfig',
  'tsconfig-raw',
  'keep-names',
  'legal-comments',
  'tree-shaking',
  'ignore-annotations',
  'jsx',
  'jsx-factory',
  'jsx-fragment',
  'jsx-import-source',
  'packages',
  'preserve-symlinks',
  'splitting',
  'global-name',
  'line-limit',
  'mangle-props',
]);

/**
 * Converts a command line that starts esbuild to options of esbuild's API: `npx --no-install
 * esbuild --bundle ...`, `bash -c "esbuild ..."`.
 * @returns undefined if the command line does anything else, or has an unknown flag
 */
export function esbuildOptionsOf({ command, args }: RecordedRun): EsbuildOptions | undefined {
  const words = /(^|\/)(ba)?sh$/.test(command) && args[0] === '-c' ? shellWords(args[1] ?? '') : [command, ...args];
  const at = words?.findIndex((word) => /(^|\/)esbuild$/.test(word)) ?? -1;
  if (words === undefined || at < 0) return undefined;
  const options: Record<string, unknown> = {};
  const entryPoints: string[] = [];
  for (const word of words.slice(at + 1)) {
    if (!word.startsWith('--')) {
      entryPoints.push(word);
      continue;
    }
    if (!addFlag(options, word.slice(2))) return undefined;
  }
  return entryPoints.length === 0 ? undefined : { ...options, entryPoints };
}

/** @returns whether the flag is known */
function addFlag(options: Record<string, unknown>, flag: string): boolean {
  const [, name = '', separator = '', value = ''] = /^([a-z-]+)(?:([:=])([\s\S]*))?$/.exec(flag) ?? [];
  if (IGNORED.has(name)) return true;
  const list = LISTS[name];
  if (list !== undefined && separator === ':') {
    options[list] = [...((options[list] as string[] | undefined) ?? []), value];
    return true;
  }
  const map = MAPS[name];
  if (map !== undefined && separator === ':') {
    const [, key = value, text = ''] = /^([^=]+)=([\s\S]*)$/.exec(value) ?? [];
    options[map] = { ...(options[map] as object | undefined), [key]: typed(text) };
    return true;
  }
  if (!PLAIN.has(name) || separator === ':') return false;
  const key = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  options[key] = separator === '' ? true : COMMA_LISTS.has(name) ? value.split(',') : typed(value);
  return true;
}

function typed(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return value;
}

/**
 * Splits a simple shell command into words.
 * @returns undefined if the line has more than one command, or expansions
 */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const letter = line[i]!;
    if (letter === "'" || letter === '"') {
      const end = line.indexOf(letter, i + 1);
      const text = line.slice(i + 1, end);
      if (end < 0 || (letter === '"' && /[\\$`]/.test(text))) return undefined;
      word = (word ?? '') + text;
      i = end;
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (letter === '\\' && i + 1 < line.length) {
      word = (word ?? '') + line[++i];
    } else if (/[&|;<>$`(){}*?]/.test(letter)) {
      return undefined;
    } else {
      word = (word ?? '') + letter;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
