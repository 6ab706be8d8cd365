import type { Change, Resource, Template } from './template';

/**
 * Resource types that the embedded cloud hasn't got, and what is lost without them. Whatever else it doesn't know
 * fails the deploy with its name, rather than being left out in silence.
 */
const DROPPED: readonly { readonly type: RegExp; readonly why: string }[] = [
  { type: /^AWS::ApplicationAutoScaling::/, why: 'provisioned concurrency stays as it is' },
  { type: /^AWS::CodeDeploy::/, why: 'an alias points to its new version at once' },
  { type: /^AWS::CodePipeline::/, why: 'nothing is delivered by a pipeline' },
  { type: /^AWS::CloudWatch::(CompositeAlarm|AnomalyDetector)$/, why: 'nobody is alarmed' },
  { type: /^AWS::WAFv2::LoggingConfiguration$/, why: 'the web ACL writes no log' },
  { type: /^AWS::(Config|CloudTrail|ApplicationSignals|GuardDuty|SecurityHub)::/, why: 'nobody watches the account' },
  { type: /^AWS::PricingPlanManager::/, why: 'nothing is billed' },
];

/** Why a resource is left out; undefined if it stays. */
function whyDropped(resource: Resource): string | undefined {
  return DROPPED.find(({ type }) => type.test(resource.Type))?.why;
}

/**
 * Leaves out what the embedded cloud can't provision. References to it stay, and are `danglingReferences`.
 * @returns another template, and what it lacks
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
