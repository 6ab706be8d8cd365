import type { IConstruct } from 'constructs';
import { ACCOUNT, CLOUDFRONT } from '../../limits';
import { patternToBehavior } from '../../protocol';
import { invalid } from '../../validation';
import { findClash, type OwnedRoute, routeAt } from './route-table';

/**
 * Checks the routes of an added module against the routes that the distribution already serves.
 * @throws BreakwaterError if the distribution already serves the module, or if a path would belong
 * to two modules
 */
export function checkRoutes(scope: IConstruct, known: readonly OwnedRoute[], added: readonly OwnedRoute[]): void {
  const duplicate = added.find(({ owner }) => known.some((route) => route.owner === owner));
  if (duplicate) throw invalid(scope, `module ${duplicate.owner}`, 'must be added once, got a second call');
  const clash = findClash(known, added);
  if (!clash) return;
  const [one, other] = clash.map(({ route, owner }) => `'${route.method} ${route.path}' of ${owner}`);
  throw invalid(
    scope,
    'routes',
    `must not overlap, got ${one} and ${other}; CloudFront chooses an origin by path, so a path belongs to one module: declare both routes in one module, or change a path`,
  );
}

/**
 * Checks the paths of a site against routes.
 * @throws BreakwaterError if a route's cache behaviour also matches a path of the site
 */
export function checkSitePaths(scope: IConstruct, paths: readonly string[], routes: readonly OwnedRoute[]): void {
  for (const path of paths) {
    const taken = routeAt(path, routes);
    if (!taken) continue;
    const { owner, route } = taken;
    throw invalid(
      scope,
      'site',
      `must not have files at paths of a route, got '${path}' and '${route.method} ${route.path}' of ${owner}, which gets all paths that match '${patternToBehavior(route.path)}' (CloudFront's * also matches slashes); rename the file or the route`,
    );
  }
}

/** Counts of a distribution's parts. AWS limits each of them. */
export interface PartCounts {
  readonly behaviors: number;
  readonly origins: number;
  readonly cachePolicies: number;
  readonly viewerFunctions: number;
}

/** Returns one error for each quota that a distribution exceeds. */
export function quotaErrors(counts: PartCounts): string[] {
  const limits: [string, number, number][] = [
    ['cache behaviours of the distribution', counts.behaviors, CLOUDFRONT.MAX_CACHE_BEHAVIORS],
    ['origins of the distribution', counts.origins, CLOUDFRONT.MAX_ORIGINS],
    [
      'cache policies (times to live and query sets of shared routes)',
      counts.cachePolicies,
      ACCOUNT.MAX_CACHE_POLICIES,
    ],
    ['viewer functions', counts.viewerFunctions, ACCOUNT.MAX_EDGE_FUNCTIONS],
  ];
  return limits
    .filter(([, count, quota]) => count > quota)
    .map(
      ([name, count, quota]) =>
        `${name} must be at most ${quota}, got ${count}; use fewer path patterns, or a second distribution`,
    );
}
