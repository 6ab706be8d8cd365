import type { AccessDeclaration } from './access';
import { compileForm, type PackedForm, type ParameterForms, packForms, unpackForms } from './parameter-forms';

export const ROUTE_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type RouteMethod = (typeof ROUTE_METHODS)[number];

/** A route as data for the edge and the module. */
export interface RouteDeclaration {
  /** A GET route also answers HEAD. */
  readonly method: RouteMethod;
  /** Path pattern: `/orders/{orderId}`. */
  readonly path: string;
  /** Allowed callers. */
  readonly access: readonly AccessDeclaration[];
  /** Allowed values of path parameters. A parameter without a form accepts any text. */
  readonly parameters?: ParameterForms;
  /** Accepted query parameters, with their allowed values. Other parameters are refused. */
  readonly query?: ParameterForms;
  /** Maximum size of a body, in bytes. Absent if the route accepts no body. */
  readonly maxBody?: number;
  /** Media type of the body. */
  readonly contentType?: string;
}

/**
 * A route in packed form. Its property names are short, because all environment variables of a
 * function together must not exceed 4 KB.
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

/** Makes the value of `BREAKWATER_ROUTES`. */
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
 * @throws SyntaxError if it isn't JSON
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

/** A segment of a path pattern: a literal text, or a parameter's name. */
export type Segment = { readonly literal: string } | { readonly parameter: string };

/**
 * Reads a path pattern: `/`, then segments separated by `/`. A segment is either a literal text or
 * a `{parameter}`.
 * @throws Error that names the invalid part
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

/** Whether a path exists that matches both patterns. */
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
 * Makes a regular expression that matches the paths of a pattern. The expression uses only syntax
 * that RE2, WAF and JavaScript share.
 * @param forms forms of the parameters; a parameter with only a maximum length matches any text
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
 * Converts a pattern to CloudFront's syntax, with `*` for each parameter. In CloudFront, `*` also
 * matches slashes.
 */
export function patternToBehavior(pattern: string): string {
  const segments = parsePattern(pattern);
  return segments.length === 0 ? '/' : segments.map((s) => `/${'literal' in s ? s.literal : '*'}`).join('');
}

/**
 * Splits a path into segments, without decoding them. Returns undefined if the path doesn't start
 * with `/`.
 */
export function splitPath(path: string): readonly string[] | undefined {
  if (path === '/') return [];
  return path.startsWith('/') ? path.slice(1).split('/') : undefined;
}

/**
 * Decodes and checks the segments of a path. Returns the parameters, or undefined if the path
 * doesn't match.
 */
export type PathMatcher = (parts: readonly string[]) => Record<string, string> | undefined;

/** Makes a matcher for a pattern and the forms of its parameters. */
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
 * Matches a percent-encoded path against a pattern.
 * @returns the decoded parameters, or undefined if the path doesn't match
 */
export function matchPattern(pattern: string, path: string): Record<string, string> | undefined {
  const parts = splitPath(path);
  return parts && compilePattern(pattern)(parts);
}
