import { CfnDeletionPolicy, type CfnResource, Lazy } from 'aws-cdk-lib';

/**
 * Whether a resource is retained when it leaves its stack. Call it when the template is rendered,
 * because until then an app may change the removal policy, for example with `RemovalPolicies.of()`.
 * A resource that isn't retained must have no deletion protection. Otherwise CloudFormation
 * couldn't delete it.
 */
export function isRetained(resource: CfnResource): boolean {
  return resource.cfnOptions.deletionPolicy !== CfnDeletionPolicy.DELETE;
}

/** `isRetained` as a value for a boolean property. */
export function whileRetained(resource: CfnResource) {
  return Lazy.any({ produce: () => isRetained(resource) });
}
