import { ACCOUNT } from '../../../lib/limits';
import type { AccountConcurrency } from './aliases';

/**
 * The most instances that the account lets an alias keep warm: Lambda leaves 100 executions to functions without reservations, and hands
 * out the rest. What the alias has already was granted, whether or not the account's figure counts it.
 * Source: AWS Lambda Developer Guide, "Configuring provisioned concurrency for a function".
 */
export function quotaOf({ unreserved }: AccountConcurrency, provisioned: number): number {
  return Math.max(unreserved - ACCOUNT.UNRESERVED_CONCURRENCY, provisioned, 0);
}

/** Says that a floor was cut, and what to do. */
export function quotaMessage(wanted: number, allowed: number, { total, unreserved }: AccountConcurrency): string {
  return (
    `a floor of ${wanted} is forecast, but the account allows ${allowed}: of its ${total} concurrent executions ${unreserved} are ` +
    `unreserved, and Lambda keeps ${ACCOUNT.UNRESERVED_CONCURRENCY} of these free. Request a higher quota 'Concurrent executions' for ` +
    'Lambda, lower the reservations of other functions, or lower max'
  );
}
