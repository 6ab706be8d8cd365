import { patternsOverlap, patternToBehavior, type RouteDeclaration } from '../../protocol';

/** A route, and the construct path of the module that answers it. */
export interface OwnedRoute {
  readonly owner: string;
  readonly route: RouteDeclaration;
}

/**
 * Finds two routes of different modules that can match the same path. Routes with different methods
 * also clash, because CloudFront chooses an origin by path alone.
 */
export function findClash(
  known: readonly OwnedRoute[],
  added: readonly OwnedRoute[],
): [OwnedRoute, OwnedRoute] | undefined {
  for (const mine of added) {
    const other = known.find((k) => k.owner !== mine.owner && patternsOverlap(k.route.path, mine.route.path));
    if (other) return [other, mine];
  }
  return undefined;
}

/** The distinct CloudFront path patterns of routes. */
export function behaviorPatterns(routes: readonly RouteDeclaration[]): string[] {
  return [...new Set(routes.map((route) => patternToBehavior(route.path)))];
}

/**
 * Compares two path patterns for the order of behaviours. CloudFront uses the first pattern that
 * matches, and its `*` also matches slashes: `/a/*` matches `/a/b/c`. So patterns with more
 * segments come first, then patterns with more literal segments. Patterns with equal counts are in
 * alphabetical order, so that templates are stable.
 */
export function compareBehaviors(a: string, b: string): number {
  const [x, y] = [weigh(a), weigh(b)];
  return y.segments - x.segments || y.literals - x.literals || (a < b ? -1 : a > b ? 1 : 0);
}

/** The routes that can match a path of a behaviour. */
export function routesOfBehavior(behavior: string, routes: readonly RouteDeclaration[]): RouteDeclaration[] {
  // Each `*` becomes a parameter, so that the two patterns have the same form.
  let stars = 0;
  const pattern = behavior.replace(/\*/g, () => `{p${stars++}}`);
  return routes.filter((route) => patternsOverlap(route.path, pattern));
}

/**
 * Finds a route whose behaviour also matches a path of the site. CloudFront's `*` matches slashes
 * and empty text.
 */
export function routeAt(path: string, routes: readonly OwnedRoute[]): OwnedRoute | undefined {
  return routes.find(({ route }) => behaviorFits(patternToBehavior(route.path), path));
}

/** Whether CloudFront's path pattern matches a path. */
export function behaviorFits(behavior: string, path: string): boolean {
  const parts = behavior.split('*').map((part) => part.replace(/[.]/g, '\\.'));
  return new RegExp(`^${parts.join('.*')}$`).test(path);
}

function weigh(behavior: string): { segments: number; literals: number } {
  const segments = behavior === '/' ? [] : behavior.slice(1).split('/');
  return { segments: segments.length, literals: segments.filter((s) => s !== '*').length };
}
