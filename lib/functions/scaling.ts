import { Token } from 'aws-cdk-lib';
import { BreakwaterError } from '../validation';

/** Bounds between which provisioned concurrency follows the load. */
export interface ProvisionedScaling {
  /** Instances kept warm at all times; from 1. Each is paid by the hour, busy or not. */
  readonly min: number;
  /** Most instances kept warm; what comes on top of them is served on demand, with cold starts. */
  readonly max: number;
}

/**
 * How a function's concurrency is bounded and paid.
 *
 * Nothing is reserved by default: an account that is new has 10 concurrent executions and refuses every reservation.
 */
export class Scaling {
  /** Shares the account's concurrency, costs nothing while idle. The default. */
  public static onDemand(): Scaling {
    return new Scaling();
  }

  /**
   * Takes a part of the account's concurrency for this function alone: never less, never more. Costs nothing by itself.
   * AWS keeps 100 executions of an account unreserved.
   * @param concurrency executions at once; from 1
   * @throws BreakwaterError if it is not a whole number from 1
   */
  public static reserved(concurrency: number): Scaling {
    requireCount('Scaling.reserved: concurrency', concurrency, 1);
    return new Scaling(concurrency);
  }

  /**
   * Keeps instances warm, and more of them as 70 % are busy. The sandbox profile makes it on demand, and says so at synth.
   * @throws BreakwaterError if the bounds aren't whole numbers with 1 <= min <= max
   */
  public static provisioned(bounds: ProvisionedScaling): Scaling {
    requireCount('Scaling.provisioned: min', bounds.min, 1);
    requireCount('Scaling.provisioned: max', bounds.max, bounds.min);
    return new Scaling(undefined, bounds.min, bounds.max);
  }

  private constructor(
    /** Executions reserved; undefined if none are. */
    public readonly reservedConcurrency?: number,
    /** Instances always warm; undefined if none are provisioned. */
    public readonly minProvisioned?: number,
    /** Most instances warm; undefined if none are provisioned. */
    public readonly maxProvisioned?: number,
  ) {}
}

function requireCount(what: string, value: number, least: number): void {
  if (Token.isUnresolved(value)) throw new BreakwaterError(`${what} must be a literal, got a token`);
  if (!Number.isInteger(value) || value < least) {
    throw new BreakwaterError(`${what} must be a whole number from ${least}, got ${value}`);
  }
}
