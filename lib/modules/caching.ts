import { Duration } from 'aws-cdk-lib';
import { BreakwaterError, shown } from '../validation';

/** Maximum time to live. Browsers and CloudFront cache no answer for longer than a year. */
const MAX_TTL = Duration.days(365);

/**
 * Whether the edge caches a route's answers. Cache only answers that are the same for every caller.
 *
 * ```ts
 * Caching.shared(Duration.minutes(5))
 * ```
 */
export class Caching {
  /** No caching: each request reaches the module. */
  public static none(): Caching {
    return new Caching(undefined);
  }

  /**
   * The edge caches answers, and returns them to every caller of the same path and declared query
   * parameters. The header `cache-control` of an answer can shorten the time, but not lengthen it.
   * The default of `json()` is `no-store`, so the handler must set `cacheControl`.
   * @param ttl time for which an answer is cached: whole seconds, 1 second to 365 days
   * @throws BreakwaterError if the time is a CDK token or outside of these limits
   */
  public static shared(ttl: Duration): Caching {
    if (typeof ttl?.isUnresolved !== 'function') {
      throw new BreakwaterError(`Caching.shared: ttl must be a Duration, got ${shown(ttl)}; use Duration.minutes()`);
    }
    if (ttl.isUnresolved()) {
      throw new BreakwaterError('Caching.shared: ttl must be a literal, got a token: synth checks its limits');
    }
    const milliseconds = ttl.toMilliseconds();
    if (milliseconds < 1_000 || milliseconds > MAX_TTL.toMilliseconds() || milliseconds % 1_000 !== 0) {
      throw new BreakwaterError(
        `Caching.shared: ttl must be whole seconds from 1 second to ${MAX_TTL.toHumanString()}, got ${ttl.toHumanString()}; ` +
          'use Caching.none() to cache nothing',
      );
    }
    return new Caching(ttl);
  }

  private constructor(
    /** Time for which the edge caches an answer. Undefined without caching. */
    public readonly ttl: Duration | undefined,
  ) {}

  /** Whether several callers get one cached answer. */
  public get isShared(): boolean {
    return this.ttl !== undefined;
  }
}
