import { isBuiltin } from 'node:module';
import type { BuildOutput } from './esbuild';

/** The first line of each output: what is put in its place moves nothing that a source map tells of. */
export const BANNER = '/* breakwater */';

/**
 * Packages in CommonJS call `require`, which a module in ESM doesn't have.
 * https://esbuild.github.io/api/#banner
 */
const REQUIRE = 'const require=globalThis.process.getBuiltinModule("node:module").createRequire(import.meta.url);';

/** `import a from"x";`, `import{a,b as c}from"x";` and both in one, as esbuild prints them, in one line or several. */
const IMPORT =
  /(?<![\w$.])import(?:\s+(?<whole>[\w$]+)\s*(?:,\s*\{(?<beside>[^{}]*)\}\s*)?|\s*\{(?<names>[^{}]*)\}\s*)from\s*"(?<path>[^"]+)";/g;

interface Statement {
  readonly whole?: string;
  readonly beside?: string;
  readonly names?: string;
  readonly path: string;
}

/**
 * Takes Node's own modules as they are, without `import`. That would read every one of a module's exports, and some of those load others
 * that no handler asked for: `http` all of undici, `process` the standard streams, `crypto` Web Crypto.
 * What is taken stands in the first line, and blanks where it was imported. A namespace is more than the module: its import stays.
 */
export function withoutFacades(text: string, imports: BuildOutput['imports']): string {
  const body = text.slice(BANNER.length);
  if (!text.startsWith(`${BANNER}\n`)) return text;
  const builtins = safelyTaken(body, imports);
  const taken: string[] = [];
  const blanked = body.replace(IMPORT, (statement: string, ...rest) => {
    const { whole, beside, names = beside, path } = rest.at(-1) as Statement;
    if (!builtins.has(path)) return statement;
    const module = `globalThis.process.getBuiltinModule("${path}")`;
    if (whole !== undefined) taken.push(`const ${whole}=${module};`);
    if (names !== undefined) taken.push(`const{${toPattern(names)}}=${module};`);
    return statement.replace(/[^\n]/g, ' ');
  });
  return `${/\brequire\b/.test(body) ? REQUIRE : ''}${taken.join('')}${blanked}`;
}

/**
 * Node's modules that are named nowhere but in as many such imports as esbuild says it wrote. Where there is more, some of it may be a
 * handler's text that only looks like an import.
 */
function safelyTaken(body: string, imports: BuildOutput['imports']): Set<string> {
  const written = new Map<string, number>();
  for (const { path, kind, external } of imports) {
    if (external && kind === 'import-statement' && isBuiltin(path)) written.set(path, (written.get(path) ?? 0) + 1);
  }
  const matched = new Map<string, number>();
  for (const { groups } of body.matchAll(IMPORT)) {
    const { path, names = '', beside = '' } = groups as unknown as Statement;
    // `default` of a facade is the module itself, which has no such member.
    if (!/\bdefault\b/.test(`${names} ${beside}`)) matched.set(path, (matched.get(path) ?? 0) + 1);
  }
  const named = (path: string) => body.split(`"${path}"`).length - 1;
  return new Set(
    [...written].filter(([path, n]) => matched.get(path) === n && named(path) === n).map(([path]) => path),
  );
}

/** `a as b, c` to `a:b,c`. */
function toPattern(names: string): string {
  return names.replace(/\s+as\s+/g, ':').replace(/\s+/g, '');
}
