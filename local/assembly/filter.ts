import type { Change, Resource, Template } from './template';

/**
 * Resource types that the local AWS emulator lacks, and what is lost without them. Other types that
 * it doesn't know fail the deployment with their name.
 */
const DROPPED: readonly { readonly type: RegExp; readonly why: string }[] = [
  { type: /^AWS::ApplicationAutoScaling::/, why: 'provisioned concurrency stays as it is' },
  { type: /^AWS::CodeDeploy::/, why: 'an alias points to its new version at once' },
  { type: /^AWS::CodePipeline::/, why: 'nothing is delivered by a pipeline' },
  { type: /^AWS::CloudWatch::(CompositeAlarm|AnomalyDetector)$/, why: 'it never rings' },
  { type: /^AWS::WAFv2::LoggingConfiguration$/, why: 'the web ACL writes no log' },
  { type: /^AWS::(Config|CloudTrail|ApplicationSignals|GuardDuty|SecurityHub)::/, why: 'the account is not watched' },
  { type: /^AWS::PricingPlanManager::/, why: 'nothing is billed' },
];

/** Why a resource is left out; undefined if it stays. */
function whyDropped(resource: Resource): string | undefined {
  return DROPPED.find(({ type }) => type.test(resource.Type))?.why;
}

/**
 * Leaves out resources that the local AWS emulator can't provision. References to them remain for
 * `danglingReferences` to find.
 * @returns a new template, and what was left out
 */
export function dropUnsupported(template: Template): { readonly template: Template; readonly dropped: Change[] } {
  const kept: Record<string, Resource> = {};
  const dropped: Change[] = [];
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    const why = whyDropped(resource);
    if (why === undefined) kept[logicalId] = resource;
    else dropped.push({ logicalId, type: resource.Type, what: why });
  }
  return { template: { ...template, Resources: kept }, dropped };
}
