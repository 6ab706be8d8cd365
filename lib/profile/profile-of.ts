import type { IConstruct } from 'constructs';
import { invalid, type PropCheck, shown } from '../validation';
import { DeploymentProfile } from './deployment-profile';

const USES = 'use DeploymentProfile.PRODUCTION, DeploymentProfile.SANDBOX or DeploymentProfile.fromContext(scope)';

/** The check of a prop `profile`. */
export const PROFILE: PropCheck<DeploymentProfile> = (scope, prop, value) => {
  // This doesn't use instanceof, because an app may contain two copies of this library.
  if (typeof (value as DeploymentProfile | null)?.provisionsCapacity === 'boolean') return;
  throw invalid(scope, prop, `must be a DeploymentProfile, got ${shown(value)}; ${USES}`);
};

/**
 * Returns the profile of a construct: its prop, or production if the prop is undefined.
 * @throws BreakwaterError if the prop isn't a profile. Callers in JavaScript may pass a text such
 * as 'sandbox'.
 */
export function profileOf(scope: IConstruct, profile: DeploymentProfile | undefined): DeploymentProfile {
  if (profile === undefined) return DeploymentProfile.PRODUCTION;
  PROFILE(scope, 'profile', profile);
  return profile;
}
