import { Token } from 'aws-cdk-lib';
import { BreakwaterError, shown } from '../validation';

/** Bounds of provisioned concurrency, which follows the load between them. */
export interface ProvisionedScaling {
  /** Instances that are always warm; from 1. Each is paid by the hour, busy or not. */
  readonly min: number;
  /** Maximum of warm instances. Further requests are served on demand, with cold starts. */
  readonly max: number;
}

/**
 * Limits and payment of a function's concurrency.
 *
 * Nothing is reserved by default, because new accounts have 10 concurrent executions and refuse
 * every reservation.
 */
export class Scaling {
  /** Shares the account's concurrency, costs nothing while idle. The default. */
  public static onDemand(): Scaling {
    return new Scaling();
  }

  /**
   * Reserves a part of the account's concurrency for this function, which can't exceed it. Costs
   * nothing. AWS keeps 100 executions of an account unreserved.
   * @param concurrency concurrent executions; from 1
   * @throws BreakwaterError unless it is a whole number from 1
   */
  public static reserved(concurrency: number): Scaling {
    requireCount('Scaling.reserved: concurrency', concurrency, 1);
    return new Scaling(concurrency);
  }

  /**
   * Keeps instances warm, and adds more when 70 % are busy. The sandbox profile makes it on
   * demand.
   * @throws BreakwaterError if the bounds aren't whole numbers with 1 <= min <= max
   */
  public static provisioned(bounds: ProvisionedScaling): Scaling {
    requireCount('Scaling.provisioned: min', bounds.min, 1);
    requireCount('Scaling.provisioned: max', bounds.max, bounds.min);
    return new Scaling(undefined, bounds.min, bounds.max);
  }

  private constructor(
    /** Reserved concurrent executions, if any. */
    public readonly reservedConcurrency?: number,
    /** Instances that are always warm, if any. */
    public readonly minProvisioned?: number,
    /** Maximum of warm instances, if any are provisioned. */
    public readonly maxProvisioned?: number,
  ) {}
}

function requireCount(what: string, value: number, min: number): void {
  if (Token.isUnresolved(value)) throw new BreakwaterError(`${what} must be a literal, got a token`);
  if (!Number.isInteger(value) || value < min) {
    throw new BreakwaterError(`${what} must be a whole number from ${min}, got ${shown(value)}`);
  }
}
