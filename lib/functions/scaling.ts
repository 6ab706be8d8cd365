import { Token } from 'aws-cdk-lib';
import { BreakwaterError, shown } from '../validation';

/** Bounds of provisioned concurrency. Target tracking follows the load between them. */
export interface ProvisionedScaling {
  /**
   * Minimum of provisioned instances; from 1. AWS bills each of them all the time, busy or idle.
   */
  readonly min: number;
  /** Maximum of provisioned instances. Further requests are served on demand, with cold starts. */
  readonly max: number;
}

/**
 * How a function gets its concurrency: on demand, reserved or provisioned.
 *
 * Nothing is reserved by default, because new accounts have 10 concurrent executions and refuse
 * every reservation.
 */
export class Scaling {
  /**
   * The function shares the account's concurrency, and costs nothing while idle. This is the
   * default.
   */
  public static onDemand(): Scaling {
    return new Scaling();
  }

  /**
   * Reserves a part of the account's concurrency for this function. The function can't exceed it.
   * The reservation costs nothing. AWS keeps 100 concurrent executions of an account unreserved.
   * @param concurrency concurrent executions; from 1
   * @throws BreakwaterError unless it is a whole number from 1
   */
  public static reserved(concurrency: number): Scaling {
    requireCount('Scaling.reserved: concurrency', concurrency, 1);
    return new Scaling(concurrency);
  }

  /**
   * Provisions instances ahead of requests, and adds more if 70 % are busy. With the sandbox
   * profile the function is on demand instead.
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
    /** Minimum of provisioned instances, if any. */
    public readonly minProvisioned?: number,
    /** Maximum of provisioned instances, if any. */
    public readonly maxProvisioned?: number,
  ) {}
}

function requireCount(what: string, value: number, min: number): void {
  if (Token.isUnresolved(value)) throw new BreakwaterError(`${what} must be a literal, got a token`);
  if (!Number.isInteger(value) || value < min) {
    throw new BreakwaterError(`${what} must be a whole number from ${min}, got ${shown(value)}`);
  }
}
