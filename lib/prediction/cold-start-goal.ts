import { Token } from 'aws-cdk-lib';
import { BreakwaterError, shown } from '../validation';

/** Above it, nearly every request may have a cold start. Then nothing needs to be provisioned. */
const MAX_SHARE = 0.5;
/** Below it, four weeks of minutes hold too few cold starts to learn from. */
const MIN_SHARE = 0.0001;

/**
 * At 1 an idle instance-minute costs as much as a cold start, so nothing would be provisioned
 * ahead.
 */
const MIN_PRICE = 2;
const MAX_PRICE = 10_000;

/**
 * How cold starts are weighed against idle instances: by a limit or by a price.
 *
 * Each instance-minute of demand beyond the provisioned instances counts as one cold start. There
 * can't be more, because the instance that starts serves the rest of that minute.
 *
 * A limit costs what it takes. A price costs the same everywhere, and bounds what irregular demand
 * can spend.
 */
export class ColdStartGoal {
  /**
   * At most this share of demand may exceed the provisioned instances, so at most that share of
   * requests has a cold start. The floor is the cheapest that keeps it. If no affordable floor
   * does, the log says so.
   * @param share from 0.0001 to 0.5; 0.01 is 1 %
   * @throws BreakwaterError if it is out of bounds or a token
   */
  public static atMost(share: number): ColdStartGoal {
    requireWithin('ColdStartGoal.atMost: share', share, MIN_SHARE, MAX_SHARE);
    return new ColdStartGoal(share);
  }

  /**
   * A cold start costs as much as this many idle instance-minutes. At 40, demand exceeds the floor
   * in about one minute of 40.
   * @param idleUnitMinutes from 2 to 10,000
   * @throws BreakwaterError if it is out of bounds or a token
   */
  public static pricedAt(idleUnitMinutes: number): ColdStartGoal {
    requireWithin('ColdStartGoal.pricedAt: idleUnitMinutes', idleUnitMinutes, MIN_PRICE, MAX_PRICE);
    return new ColdStartGoal(undefined, idleUnitMinutes);
  }

  private constructor(
    /** Limit: share of demand beyond the provisioned instances. Undefined for a price. */
    public readonly share?: number,
    /** Price of a cold start, in idle instance-minutes. Undefined for a limit. */
    public readonly idleUnitMinutes?: number,
  ) {}
}

function requireWithin(what: string, value: number, min: number, max: number): void {
  if (Token.isUnresolved(value)) throw new BreakwaterError(`${what} must be a literal, got a token`);
  if (!isWithin(value, min, max)) {
    throw new BreakwaterError(`${what} must be from ${min} to ${max}, got ${shown(value)}`);
  }
}

/**
 * Whether a value is a goal. Its fields decide, not its class, because two copies of this library
 * in one app have a class each.
 */
export function isColdStartGoal(value: unknown): value is ColdStartGoal {
  const { share, idleUnitMinutes } = (value ?? {}) as { readonly share?: unknown; readonly idleUnitMinutes?: unknown };
  if (share === undefined) return isWithin(idleUnitMinutes, MIN_PRICE, MAX_PRICE);
  return idleUnitMinutes === undefined && isWithin(share, MIN_SHARE, MAX_SHARE);
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}
