import { ACCOUNT } from '../../../lib/limits';
import type { AccountConcurrency, Provisioned } from './aliases';
import type { ReadTarget } from './capacity-target';
import type { Bounds } from './scalable-targets';
import type { TickDependencies } from './tick-dependencies';

/**
 * Maximum of provisioned instances that the account's quota allows for an alias. Lambda keeps 100
 * concurrent executions unreserved. Instances that the alias already has are always allowed,
 * whether or not `unreserved` includes them. Source: AWS Lambda Developer Guide, "Configuring
 * provisioned concurrency for a function".
 */
export function quotaOf({ unreserved }: AccountConcurrency, provisioned: number): number {
  return Math.max(unreserved - ACCOUNT.MIN_UNRESERVED_CONCURRENCY, provisioned, 0);
}

/** Message for a floor that the quota limited, with advice. */
export function quotaMessage(wanted: number, allowed: number, { total, unreserved }: AccountConcurrency): string {
  return (
    `a floor of ${wanted} is forecast, but the account allows ${allowed}: of its ${total} concurrent executions ${unreserved} are ` +
    `unreserved, and Lambda keeps ${ACCOUNT.MIN_UNRESERVED_CONCURRENCY} of these free. Request a higher quota 'Concurrent executions' for ` +
    'Lambda, lower the reservations of other functions, or lower max'
  );
}

/**
 * Limits a floor to the target's bounds. A floor above the current one is also limited to the
 * account's quota.
 */
export async function withinQuota(
  wanted: number,
  { target }: ReadTarget,
  bounds: Bounds | undefined,
  provisioned: Provisioned | undefined,
  dependencies: TickDependencies,
): Promise<{ readonly floor: number; readonly message?: string }> {
  if (!Number.isFinite(wanted)) throw new Error(`the forecast's floor must be a number, got ${wanted}`);
  const max = Math.min(target.max, bounds?.max ?? target.max);
  const floor = Math.max(target.min, Math.min(Math.ceil(wanted), max));
  // The current floor is provisioned already, so the quota matters only above it.
  if (floor === target.min || floor <= (bounds?.min ?? target.min)) return { floor };
  const account = await dependencies.aliases.account();
  const allowed = Math.max(target.min, quotaOf(account, provisioned?.requested ?? 0));
  return floor <= allowed ? { floor } : { floor: allowed, message: quotaMessage(floor, allowed, account) };
}
