import type { AccessDeclaration } from './access';

export const ROUTE_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type RouteMethod = (typeof ROUTE_METHODS)[number];

/** A route as the edge and the module read it. */
export interface RouteDeclaration {
  /** Method; a GET answers HEAD as well. */
  readonly method: RouteMethod;
  /** Path pattern: `/orders/{orderId}`. */
  readonly path: string;
  /** Who may call. */
  readonly access: readonly AccessDeclaration[];
  /** Names of the query parameters it takes; any other is refused. */
  readonly query?: readonly string[];
  /** Largest body in bytes; absent: no body. */
  readonly maxBody?: number;
  /** Media type of the body. */
  readonly contentType?: string;
}

const PARAMETER = /^\{([A-Za-z][A-Za-z0-9]*)\}$/;
const LITERAL = /^[A-Za-z0-9._~-]+$/;

/** A route as it is packed: short names, since a function has 4 KB of environment for everything. */
interface PackedRoute {
  readonly m: RouteMethod;
  readonly p: string;
  readonly a: readonly AccessDeclaration[];
  readonly q?: readonly string[];
  readonly b?: number;
  readonly t?: string;
}

/** The value of `BREAKWATER_ROUTES`. */
export function packRoutes(routes: readonly RouteDeclaration[]): string {
  const packed = routes.map(
    ({ method, path, access, query, maxBody, contentType }): PackedRoute => ({
      m: method,
      p: path,
      a: access,
      ...(query === undefined ? {} : { q: query }),
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
  return (JSON.parse(text) as readonly PackedRoute[]).map(({ m, p, a, q, b, t }) => ({
    method: m,
    path: p,
    access: a,
    ...(q === undefined ? {} : { query: q }),
    ...(b === undefined ? {} : { maxBody: b }),
    ...(t === undefined ? {} : { contentType: t }),
  }));
}

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

/** A regular expression for exactly the paths of a pattern, in the subset that RE2, WAF and JavaScript share. */
export function patternToRegex(pattern: string): string {
  const segments = parsePattern(pattern);
  if (segments.length === 0) return '^/$';
  return `^${segments.map((s) => ('literal' in s ? `/${s.literal.replace(/[.]/g, '\\.')}` : '/[^/]+')).join('')}$`;
}

/** CloudFront's form of a pattern, in which `*` stands for each parameter (and, as CloudFront has it, for slashes too). */
export function patternToBehavior(pattern: string): string {
  const segments = parsePattern(pattern);
  return segments.length === 0 ? '/' : segments.map((s) => `/${'literal' in s ? s.literal : '*'}`).join('');
}

/**
 * Matches a path, still percent-encoded, against a pattern.
 * @returns the decoded parameters, or undefined if it doesn't fit
 */
export function matchPattern(pattern: string, path: string): Record<string, string> | undefined {
  const segments = parsePattern(pattern);
  const parts = path === '/' ? [] : path.slice(1).split('/');
  if (!path.startsWith('/') || parts.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const part = parts[i]!;
    if ('literal' in segment) {
      if (segment.literal !== part) return undefined;
    } else {
      if (part === '') return undefined;
      try {
        parameters[segment.parameter] = decodeURIComponent(part);
      } catch {
        return undefined;
      }
    }
  }
  return parameters;
}
