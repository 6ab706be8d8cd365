import { Token } from 'aws-cdk-lib';
import { BreakwaterError, shown } from '../validation';

/**
 * Maximum share. With a larger share, most requests may have a cold start, so provisioned
 * concurrency isn't needed.
 */
const MAX_SHARE = 0.5;
/**
 * Minimum share. With a smaller share, four weeks of minutes contain too few cold starts to fit a
 * model.
 */
const MIN_SHARE = 0.0001;

/**
 * Minimum price. At a price of 1, an idle instance-minute costs as much as a cold start, so no
 * floor could save cost.
 */
const MIN_PRICE = 2;
const MAX_PRICE = 10_000;

/**
 * The trade-off between cold starts and idle instances. It is either a limit of cold starts or a
 * price of a cold start.
 *
 * Each instance-minute of demand beyond the provisioned instances counts as one cold start. It
 * can't be more than one, because the instance that starts serves the rest of that minute.
 *
 * If demand is irregular, a limit can become expensive. A price bounds the cost of avoiding one
 * cold start.
 */
export class ColdStartGoal {
  /**
   * Limits the share of demand that exceeds the provisioned instances, and so the share of requests
   * with a cold start. The floor controller sets the cheapest floor that keeps this limit. If no
   * affordable floor keeps the limit, it logs this.
   * @param share from 0.0001 to 0.5; 0.01 is 1 %
   * @throws BreakwaterError if it is out of bounds or a token
   */
  public static atMost(share: number): ColdStartGoal {
    requireWithin('ColdStartGoal.atMost: share', share, MIN_SHARE, MAX_SHARE);
    return new ColdStartGoal(share);
  }

  /**
   * Sets the price of a cold start, in idle instance-minutes. With a price of 40, demand exceeds
   * the floor in about one of 40 minutes.
   * @param idleUnitMinutes from 2 to 10,000
   * @throws BreakwaterError if it is out of bounds or a token
   */
  public static pricedAt(idleUnitMinutes: number): ColdStartGoal {
    requireWithin('ColdStartGoal.pricedAt: idleUnitMinutes', idleUnitMinutes, MIN_PRICE, MAX_PRICE);
    return new ColdStartGoal(undefined, idleUnitMinutes);
  }

  private constructor(
    /** Limit: maximum share of demand beyond the provisioned instances. Undefined for a price. */
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
 * Whether a value is a goal. The check reads fields instead of the class, because an app may
 * contain two copies of this library.
 */
export function isColdStartGoal(value: unknown): value is ColdStartGoal {
  const { share, idleUnitMinutes } = (value ?? {}) as { readonly share?: unknown; readonly idleUnitMinutes?: unknown };
  if (share === undefined) return isWithin(idleUnitMinutes, MIN_PRICE, MAX_PRICE);
  return idleUnitMinutes === undefined && isWithin(share, MIN_SHARE, MAX_SHARE);
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}
