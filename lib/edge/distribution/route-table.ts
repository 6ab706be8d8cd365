import { patternsOverlap, patternToBehavior, type RouteDeclaration } from '../../protocol';

/** A route and the name of the module that answers it. */
export interface OwnedRoute {
  readonly owner: string;
  readonly route: RouteDeclaration;
}

/**
 * The first two routes of different owners that fit one path. The method is no excuse: CloudFront chooses an origin by path alone.
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

/** CloudFront's path patterns of some routes, each once. */
export function behaviorPatterns(routes: readonly RouteDeclaration[]): string[] {
  return [...new Set(routes.map((route) => patternToBehavior(route.path)))];
}

/**
 * Order of behaviours, of which CloudFront takes the first that fits. Its `*` runs over slashes, so `/a/*` fits `/a/b/c`: longer
 * patterns come first, and then each path meets the patterns of its own length before any shorter one (a pattern can't fit a path of
 * fewer segments). Within a length, more literals first. The rest is only there to be the same on each synth.
 */
export function compareBehaviors(a: string, b: string): number {
  const [x, y] = [weigh(a), weigh(b)];
  return y.segments - x.segments || y.literals - x.literals || (a < b ? -1 : a > b ? 1 : 0);
}

/** Routes of a module that some path of a behaviour may reach. */
export function routesOfBehavior(behavior: string, routes: readonly RouteDeclaration[]): RouteDeclaration[] {
  // A parameter stands for each star, so that two patterns can be compared.
  let stars = 0;
  const pattern = behavior.replace(/\*/g, () => `{p${stars++}}`);
  return routes.filter((route) => patternsOverlap(route.path, pattern));
}

/** The first route that takes a path away from a site, if any: also one whose parameter's `*` runs over the path's slashes, or is empty. */
export function routeAt(path: string, routes: readonly OwnedRoute[]): OwnedRoute | undefined {
  return routes.find(({ route }) => behaviorFits(patternToBehavior(route.path), path));
}

/** Whether CloudFront takes a path for a behaviour. */
export function behaviorFits(behavior: string, path: string): boolean {
  const parts = behavior.split('*').map((part) => part.replace(/[.]/g, '\\.'));
  return new RegExp(`^${parts.join('.*')}$`).test(path);
}

function weigh(behavior: string): { segments: number; literals: number } {
  const segments = behavior === '/' ? [] : behavior.slice(1).split('/');
  return { segments: segments.length, literals: segments.filter((s) => s !== '*').length };
}
