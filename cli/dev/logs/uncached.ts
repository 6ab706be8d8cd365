import type { RequestEvent } from '../../../local/events';

/** The default of `json()`. A handler sets other values, such as `no-cache`, on purpose. */
const DEFAULT = 'no-store';

/**
 * Notices answers that `no-store` keeps out of the edge's cache, although the route may be cached.
 * Then the declared cache has no effect.
 */
export class UncachedAnswers {
  private readonly noticed = new Set<string>();

  /** A line for the first such answer of each behaviour; otherwise undefined. */
  public lineOf({ entrance, behavior, uncached }: RequestEvent): string | undefined {
    const key = `${entrance} ${behavior}`;
    if (uncached !== DEFAULT || this.noticed.has(key)) return undefined;
    this.noticed.add(key);
    return (
      `${behavior}: the edge may cache this path, but the answer has 'cache-control: ${uncached}'. ` +
      "To cache it, set another cache-control in the handler: json(200, body, { cacheControl: 'public, max-age=60' })"
    );
  }
}
