import type { BehaviorModel } from './model';

/**
 * Whether CloudFront's path pattern matches a path. `*` matches any characters, including slashes.
 * `?` matches one character.
 */
export function pathFits(pattern: string, path: string): boolean {
  const anchored = pattern.startsWith('/') || pattern.startsWith('*') ? pattern : `/${pattern}`;
  const source = anchored
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(path);
}

/** Returns the first behaviour whose pattern matches a path. */
export function behaviorOf(behaviors: readonly BehaviorModel[], path: string): BehaviorModel {
  const found = behaviors.find((behavior) => pathFits(behavior.pattern, path));
  if (found === undefined) throw new Error(`no behaviour for '${path}': the model lacks its default behaviour`);
  return found;
}
