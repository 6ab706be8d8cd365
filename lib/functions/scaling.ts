import { Token } from 'aws-cdk-lib';
import { BreakwaterError, requireKnownProps, shown } from '../validation';

/** Bounds of provisioned concurrency. Between them, target tracking follows the load. */
export interface ProvisionedScaling {
  /**
   * Minimum number of provisioned instances, at least 1. AWS bills these instances all the time,
   * busy or idle.
   */
  readonly min: number;
  /**
   * Maximum number of provisioned instances, at least `min`. If all are busy, Lambda starts further
   * instances on demand, with cold starts.
   */
  readonly max: number;
}

/**
 * Type of a function's concurrency: on demand, reserved or provisioned.
 *
 * By default, no concurrency is reserved. A new AWS account has 10 concurrent executions and
 * refuses every reservation.
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
   * Reserves a part of the account's concurrency for this function. The function can't use more
   * than this part. The reservation is free of charge. AWS keeps 100 concurrent executions of an
   * account unreserved.
   * @param concurrency maximum concurrent executions of the function, at least 1
   * @throws BreakwaterError if the number isn't a whole number of at least 1
   */
  public static reserved(concurrency: number): Scaling {
    requireCount('Scaling.reserved: concurrency', concurrency, 1);
    return new Scaling(concurrency);
  }

  /**
   * Provisions instances before requests arrive, and adds instances if more than 70 % are busy.
   * With the sandbox profile, the function scales on demand instead.
   * @throws BreakwaterError if the bounds aren't whole numbers with 1 <= min <= max
   */
  public static provisioned(bounds: ProvisionedScaling): Scaling {
    requireKnownProps('Scaling.provisioned', bounds, ['min', 'max']);
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
