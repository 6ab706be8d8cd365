import { CfnDeletionPolicy, type CfnResource, Lazy } from 'aws-cdk-lib';

/**
 * Whether a resource is retained when it leaves its stack, decided when the template is rendered.
 * Until then an app may change the removal policy, for example with `RemovalPolicies.of()`.
 * Deletion protection must follow the removal policy. Otherwise CloudFormation couldn't delete the
 * resource.
 */
export function isRetained(resource: CfnResource): boolean {
  return resource.cfnOptions.deletionPolicy !== CfnDeletionPolicy.DELETE;
}

/** `isRetained` as a value for a boolean property. */
export function whileRetained(resource: CfnResource) {
  return Lazy.any({ produce: () => isRetained(resource) });
}
