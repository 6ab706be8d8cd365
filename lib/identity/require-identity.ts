import type { IConstruct } from 'constructs';
import { invalid, shown } from '../validation';
import type { IIdentity } from './i-identity';

/**
 * Fails if an optional value isn't an `IIdentity`, such as an `Identity` that isn't bound to a
 * scope.
 */
export function requireIdentity(scope: IConstruct, value: unknown): void {
  if (value === undefined || typeof (value as Partial<IIdentity> | null)?.issuer === 'string') return;
  throw invalid(
    scope,
    'identity',
    `must be an IIdentity, got ${shown(value)}; use Identity.userPool().bind(scope, id), or the identity of a Breakwater`,
  );
}
