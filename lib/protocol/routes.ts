import type { AccessDeclaration } from './access';
import { compileForm, type PackedForm, type ParameterForms, packForms, unpackForms } from './parameter-forms';

export const ROUTE_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type RouteMethod = (typeof ROUTE_METHODS)[number];

/** A route as the edge and the module read it. */
export interface RouteDeclaration {
  /** A GET answers HEAD as well. */
  readonly method: RouteMethod;
  /** Path pattern: `/orders/{orderId}`. */
  readonly path: string;
  /** Who may call. */
  readonly access: readonly AccessDeclaration[];
  /** Forms of path parameters; a parameter without one takes any text. */
  readonly parameters?: ParameterForms;
  /** Query parameters that the route takes, with their forms; any other is refused. */
  readonly query?: ParameterForms;
  /** Largest body in bytes; absent: no body. */
  readonly maxBody?: number;
  /** Media type of the body. */
  readonly contentType?: string;
}

/**
 * A route as it is packed: short names, since a function has 4 KB of environment for everything.
 */
interface PackedRoute {
  readonly m: RouteMethod;
  readonly p: string;
  readonly a: readonly AccessDeclaration[];
  readonly f?: Readonly<Record<string, PackedForm>>;
  readonly q?: Readonly<Record<string, PackedForm>>;
  readonly b?: number;
  readonly t?: string;
}

/** The value of `BREAKWATER_ROUTES`. */
export function packRoutes(routes: readonly RouteDeclaration[]): string {
  const packed = routes.map(
    ({ method, path, access, parameters, query, maxBody, contentType }): PackedRoute => ({
      m: method,
      p: path,
      a: access,
      ...(parameters === undefined ? {} : { f: packForms(parameters) }),
      ...(query === undefined ? {} : { q: packForms(query) }),
      ...(maxBody === undefined ? {} : { b: maxBody }),
      ...(contentType === undefined ? {} : { t: contentType }),
    }),
  );
  return JSON.stringify(packed);
}

/**
 * Reads the value of `BREAKWATER_ROUTES`.
 * @throws SyntaxError unless it is JSON
 */
export function unpackRoutes(text: string): RouteDeclaration[] {
  return (JSON.parse(text) as readonly PackedRoute[]).map(({ m, p, a, f, q, b, t }) => ({
    method: m,
    path: p,
    access: a,
    ...(f === undefined ? {} : { parameters: unpackForms(f) }),
    ...(q === undefined ? {} : { query: unpackForms(q) }),
    ...(b === undefined ? {} : { maxBody: b }),
    ...(t === undefined ? {} : { contentType: t }),
  }));
}

const PARAMETER = /^\{([A-Za-z][A-Za-z0-9]*)\}$/;
const LITERAL = /^[A-Za-z0-9._~-]+$/;

/** The segments of a path pattern: a literal, or a parameter's name. */
export type Segment = { readonly literal: string } | { readonly parameter: string };

/**
 * Reads a path pattern: `/` followed by literal segments and `{parameters}`, each a whole segment.
 * @throws Error that names the part at fault
 */
export function parsePattern(pattern: string): Segment[] {
  if (!pattern.startsWith('/')) throw new Error(`a route's path must start with '/', got '${pattern}'`);
  if (pattern === '/') return [];
  const seen = new Set<string>();
  return pattern
    .slice(1)
    .split('/')
    .map((part) => {
      const parameter = PARAMETER.exec(part)?.[1];
      if (parameter !== undefined) {
        if (seen.has(parameter)) throw new Error(`path '${pattern}' has the parameter '${parameter}' twice`);
        seen.add(parameter);
        return { parameter };
      }
      if (!LITERAL.test(part)) {
        throw new Error(
          `path '${pattern}' has the segment '${part}', expected letters, digits and '-._~', or '{name}'`,
        );
      }
      return { literal: part };
    });
}

/** Whether some path fits both patterns. */
export function patternsOverlap(a: string, b: string): boolean {
  const [x, y] = [parsePattern(a), parsePattern(b)];
  return (
    x.length === y.length &&
    x.every((segment, i) => {
      const other = y[i]!;
      return !('literal' in segment && 'literal' in other) || segment.literal === other.literal;
    })
  );
}

/**
 * A regular expression for the paths of a pattern, in the subset that RE2, WAF and JavaScript
 * share.
 * @param forms of its parameters; a form that is only a length isn't expressed
 */
export function patternToRegex(pattern: string, forms: ParameterForms = {}): string {
  const segments = parsePattern(pattern);
  if (segments.length === 0) return '^/$';
  const parts = segments.map((segment) => {
    if ('literal' in segment) return `/${segment.literal.replace(/[.]/g, '\\.')}`;
    const form = forms[segment.parameter];
    return form !== undefined && 'regex' in form ? `/(?:${form.regex})` : '/[^/]+';
  });
  return `^${parts.join('')}$`;
}

/**
 * CloudFront's form of a pattern, in which `*` stands for each parameter (and, as CloudFront has
 * it, for slashes too).
 */
export function patternToBehavior(pattern: string): string {
  const segments = parsePattern(pattern);
  return segments.length === 0 ? '/' : segments.map((s) => `/${'literal' in s ? s.literal : '*'}`).join('');
}

/** The segments of a path, still percent-encoded, or undefined where it doesn't start with `/`. */
export function splitPath(path: string): readonly string[] | undefined {
  if (path === '/') return [];
  return path.startsWith('/') ? path.slice(1).split('/') : undefined;
}

/** Decodes and checks the segments of a path; undefined if they don't fit. */
export type PathMatcher = (parts: readonly string[]) => Record<string, string> | undefined;

/** A matcher for a pattern whose parameters have these forms. */
export function compilePattern(pattern: string, forms: ParameterForms = {}): PathMatcher {
  const segments = parsePattern(pattern).map((segment) => {
    if ('literal' in segment) return segment;
    const form = forms[segment.parameter];
    return { ...segment, fits: form && compileForm(form) };
  });
  return (parts) => {
    if (parts.length !== segments.length) return undefined;
    const parameters: Record<string, string> = {};
    let i = 0;
    for (const segment of segments) {
      const part = parts[i++] ?? '';
      if ('literal' in segment) {
        if (segment.literal !== part) return undefined;
        continue;
      }
      const value = decoded(part);
      if (value === undefined || value === '' || segment.fits?.(value) === false) return undefined;
      parameters[segment.parameter] = value;
    }
    return parameters;
  };
}

function decoded(part: string): string | undefined {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/**
 * Matches a path, still percent-encoded, against a pattern.
 * @returns the decoded parameters, or undefined if it doesn't fit
 */
export function matchPattern(pattern: string, path: string): Record<string, string> | undefined {
  const parts = splitPath(path);
  return parts && compilePattern(pattern)(parts);
}
