import { ACCOUNT } from '../../../lib/limits';
import type { AccountConcurrency, Provisioned } from './aliases';
import type { ReadTarget } from './capacity-target';
import type { Bounds } from './scalable-targets';
import type { TickDependencies } from './tick-dependencies';

/**
 * Maximum of instances that the account allows an alias. Lambda keeps 100 executions for functions
 * without reservations. Instances that the alias already has were granted, whether or not the
 * account's figure counts them. Source: AWS Lambda Developer Guide, "Configuring provisioned
 * concurrency for a function".
 */
export function quotaOf({ unreserved }: AccountConcurrency, provisioned: number): number {
  return Math.max(unreserved - ACCOUNT.MIN_UNRESERVED_CONCURRENCY, provisioned, 0);
}

/** The message for a floor that was cut, with what to do. */
export function quotaMessage(wanted: number, allowed: number, { total, unreserved }: AccountConcurrency): string {
  return (
    `a floor of ${wanted} is forecast, but the account allows ${allowed}: of its ${total} concurrent executions ${unreserved} are ` +
    `unreserved, and Lambda keeps ${ACCOUNT.MIN_UNRESERVED_CONCURRENCY} of these free. Request a higher quota 'Concurrent executions' for ` +
    'Lambda, lower the reservations of other functions, or lower max'
  );
}

/**
 * Holds a floor within the target's bounds and, where it would rise, within what the account
 * allows.
 */
export async function withinQuota(
  wanted: number,
  { target }: ReadTarget,
  bounds: Bounds | undefined,
  provisioned: Provisioned | undefined,
  dependencies: TickDependencies,
): Promise<{ readonly floor: number; readonly message?: string }> {
  if (!Number.isFinite(wanted)) throw new Error(`the forecast's floor must be a number, got ${wanted}`);
  const most = Math.min(target.max, bounds?.max ?? target.max);
  const floor = Math.max(target.min, Math.min(Math.ceil(wanted), most));
  // The current floor was granted. The account's limit matters only above it.
  if (floor === target.min || floor <= (bounds?.min ?? target.min)) return { floor };
  const account = await dependencies.aliases.account();
  const allowed = Math.max(target.min, quotaOf(account, provisioned?.requested ?? 0));
  return floor <= allowed ? { floor } : { floor: allowed, message: quotaMessage(floor, allowed, account) };
}
