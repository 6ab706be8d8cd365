import type { Template } from 'aws-cdk-lib/assertions';

/** A cache behaviour as it is deployed. */
export interface DeployedBehavior {
  readonly PathPattern?: string;
  readonly TargetOriginId: string;
  readonly CachePolicyId: unknown;
  readonly OriginRequestPolicyId?: unknown;
  readonly FunctionAssociations?: readonly { readonly EventType: string; readonly FunctionARN: unknown }[];
}

/** The part of a distribution's configuration that tests read. */
export interface DeployedConfig {
  readonly [property: string]: unknown;
  readonly DefaultCacheBehavior: DeployedBehavior;
  readonly CacheBehaviors: readonly DeployedBehavior[];
}

/** The logical id and the configuration of a template's only distribution. */
export function deployedDistribution(template: Template): { readonly id: string; readonly config: DeployedConfig } {
  const found = Object.entries(template.findResources('AWS::CloudFront::Distribution'));
  expect(found).toHaveLength(1);
  const [[id, resource]] = found as [[string, Record<string, { DistributionConfig: DeployedConfig }>]];
  return { id, config: resource['Properties']!.DistributionConfig };
}
