import type { IConstruct } from 'constructs';
import { invalid, shown } from '../validation';
import type { IIdentity } from './i-identity';

/**
 * Throws if a value is neither undefined nor an `IIdentity`. A common mistake is an `Identity`
 * without a call of `bind`.
 */
export function requireIdentity(scope: IConstruct, value: unknown): void {
  if (value === undefined || typeof (value as Partial<IIdentity> | null)?.issuer === 'string') return;
  throw invalid(
    scope,
    'identity',
    `must be an IIdentity, got ${shown(value)}; use Identity.userPool().bind(scope, id), or the identity of a Breakwater`,
  );
}
