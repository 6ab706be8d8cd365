import type { BehaviorModel } from './model';

/**
 * Whether CloudFront's path pattern fits a path. `*` matches any characters, slashes too, and `?`
 * matches one.
 */
export function pathFits(pattern: string, path: string): boolean {
  const anchored = pattern.startsWith('/') || pattern.startsWith('*') ? pattern : `/${pattern}`;
  const source = anchored
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(path);
}

/** The behaviour of a path: the first one whose pattern fits. */
export function behaviorOf(behaviors: readonly BehaviorModel[], path: string): BehaviorModel {
  const found = behaviors.find((behavior) => pathFits(behavior.pattern, path));
  if (found === undefined) throw new Error(`no behaviour for '${path}': the model lacks its default behaviour`);
  return found;
}
