import { Duration } from 'aws-cdk-lib';
import { BreakwaterError } from '../validation';

/**
 * A cached answer is as old as its time to live at most; a year is where browsers and CloudFront
 * stop counting.
 */
const LONGEST = Duration.days(365);

/**
 * Whether the edge keeps a route's answers. Only what is the same for every caller may be shared.
 *
 * ```ts
 * Caching.shared(Duration.minutes(5))
 * ```
 */
export class Caching {
  /** Each call reaches the module. */
  public static none(): Caching {
    return new Caching(undefined);
  }

  /**
   * Answers are kept at the edge and given to whoever asks for the same path and declared query.
   * An answer's own `cache-control` can shorten this, not lengthen it.
   * @param ttl how long an answer is given without asking the module again: a second to 365 days,
   * whole seconds
   * @throws BreakwaterError if it is a token or outside of these limits
   */
  public static shared(ttl: Duration): Caching {
    if (ttl.isUnresolved()) {
      throw new BreakwaterError('Caching.shared: ttl must be a literal, got a token: its limits are checked at synth');
    }
    const milliseconds = ttl.toMilliseconds();
    if (milliseconds < 1_000 || milliseconds > LONGEST.toMilliseconds() || milliseconds % 1_000 !== 0) {
      throw new BreakwaterError(
        `Caching.shared: ttl must be whole seconds from 1 second to ${LONGEST.toHumanString()}, got ${ttl.toHumanString()}; ` +
          'Caching.none() keeps nothing',
      );
    }
    return new Caching(ttl);
  }

  private constructor(
    /** How long the edge keeps an answer; undefined: not at all. */
    public readonly ttl: Duration | undefined,
  ) {}

  /** Whether answers are given to other callers than the one they were made for. */
  public get isShared(): boolean {
    return this.ttl !== undefined;
  }
}
