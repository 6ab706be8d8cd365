import { invalid, type PropCheck, shown } from '../validation';
import type { IIdentity } from './i-identity';

/**
 * The check of a prop `identity`. A common mistake is an `Identity` without a call of `bind`.
 */
export const requireIdentity: PropCheck<IIdentity> = (scope, prop, value) => {
  if (typeof (value as Partial<IIdentity> | null)?.issuer === 'string') return;
  throw invalid(
    scope,
    prop,
    `must be an IIdentity, got ${shown(value)}; use Identity.userPool().bind(scope, id), or the identity of a Breakwater`,
  );
};
