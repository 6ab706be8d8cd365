import type { IConstruct } from 'constructs';
import { invalid, shown } from '../validation';
import { DeploymentProfile } from './deployment-profile';

const USES = 'use DeploymentProfile.PRODUCTION, DeploymentProfile.SANDBOX or DeploymentProfile.fromContext(scope)';

/**
 * The profile of a construct: its prop, or production.
 * @throws BreakwaterError if the prop is no profile; from JavaScript it may be a text such as
 * 'sandbox'
 */
export function profileOf(scope: IConstruct, profile: DeploymentProfile | undefined): DeploymentProfile {
  if (profile === undefined) return DeploymentProfile.PRODUCTION;
  // Not by instanceof, because an app may have two copies of this library.
  if (typeof (profile as DeploymentProfile | null)?.provisionsCapacity === 'boolean') return profile;
  throw invalid(scope, 'profile', `must be a DeploymentProfile, got ${shown(profile)}; ${USES}`);
}
