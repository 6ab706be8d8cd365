import { Token } from 'aws-cdk-lib';
import { BreakwaterError, shown } from '../validation';

/** Above it nearly every request may wait for a start: then no capacity need be provisioned at all. */
const LARGEST_SHARE = 0.5;
/** Below one request in ten thousand, four weeks of minutes hold too few cold ones to learn from. */
const SMALLEST_SHARE = 0.0001;

/** Up to one, an idle unit costs as much as the cold request it spares: then nothing would ever be provisioned ahead. */
const LOWEST_WORTH = 2;
const HIGHEST_WORTH = 10_000;

/**
 * What a cold request is worth, one that waits until an instance has started: either a limit on how many there may be, or a price at which idle capacity is bought to spare one.
 *
 * Each unit-minute of demand beyond what is provisioned counts as one cold request, and can't be more: the instance that starts for it serves
 * the rest of that minute.
 *
 * A limit costs whatever it takes on the day; a price costs the same everywhere, and bounds what a restless load can spend.
 */
export class ColdStartGoal {
  /**
   * At most this share of demand may lie beyond what is provisioned, and so at most that share of requests be cold, at the lowest cost that
   * keeps it: 0.01 is 1 %. Where no affordable floor does, as in loads without a pattern, the gate says so.
   * @param share from 0.0001 to 0.5
   * @throws BreakwaterError if it is out of bounds or a token
   */
  public static atMost(share: number): ColdStartGoal {
    requireWithin('ColdStartGoal.atMost: share', share, SMALLEST_SHARE, LARGEST_SHARE);
    return new ColdStartGoal(share);
  }

  /**
   * One cold request is worth this many idle unit-minutes, minutes of an instance that has nothing to do; unit-minutes of demand beyond what
   * is provisioned are counted as cold requests. At 40, what the forecast puts at one minute in 40 is left to chance.
   * @param idleUnitMinutes from 2 to 10,000
   * @throws BreakwaterError if it is out of bounds or a token
   */
  public static pricedAt(idleUnitMinutes: number): ColdStartGoal {
    requireWithin('ColdStartGoal.pricedAt: idleUnitMinutes', idleUnitMinutes, LOWEST_WORTH, HIGHEST_WORTH);
    return new ColdStartGoal(undefined, idleUnitMinutes);
  }

  private constructor(
    /** Share of demand that may lie beyond what is provisioned; undefined if a price is stated. */
    public readonly share?: number,
    /** Idle unit-minutes that one cold request is worth; undefined if a limit is stated. */
    public readonly idleUnitMinutes?: number,
  ) {}
}

function requireWithin(what: string, value: number, least: number, most: number): void {
  if (Token.isUnresolved(value)) throw new BreakwaterError(`${what} must be a literal, got a token`);
  if (!isWithin(value, least, most)) {
    throw new BreakwaterError(`${what} must be from ${least} to ${most}, got ${shown(value)}`);
  }
}

/**
 * Whether a value is a goal. Its fields decide, not its class: two copies of this library in one app have a class each. So they are held
 * to the same bounds.
 */
export function isColdStartGoal(value: unknown): value is ColdStartGoal {
  const { share, idleUnitMinutes } = (value ?? {}) as { readonly share?: unknown; readonly idleUnitMinutes?: unknown };
  if (share === undefined) return isWithin(idleUnitMinutes, LOWEST_WORTH, HIGHEST_WORTH);
  return idleUnitMinutes === undefined && isWithin(share, SMALLEST_SHARE, LARGEST_SHARE);
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}
