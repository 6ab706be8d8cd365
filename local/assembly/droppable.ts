import type { Resource } from './template';

/**
 * Resource types that no code calls, with the effect of their absence. They are left out if the
 * local AWS emulator lacks them.
 */
const DROPPABLE: readonly { readonly type: RegExp; readonly why: string }[] = [
  { type: /^AWS::ApplicationAutoScaling::/, why: 'provisioned concurrency stays as it is' },
  { type: /^AWS::CodeDeploy::/, why: 'an alias points to its new version at once' },
  { type: /^AWS::CodePipeline::/, why: 'nothing is delivered by a pipeline' },
  { type: /^AWS::CloudWatch::(CompositeAlarm|AnomalyDetector|InsightRule)$/, why: 'it never rings' },
  { type: /^AWS::WAFv2::LoggingConfiguration$/, why: 'the web ACL writes no log' },
  { type: /^AWS::WAFv2::WebACLAssociation$/, why: 'the web ACL stops no request to an API' },
  { type: /^AWS::(Config|CloudTrail|ApplicationSignals|GuardDuty|SecurityHub)::/, why: 'the account is not watched' },
  { type: /^AWS::(PricingPlanManager|Budgets)::/, why: 'nothing is billed' },
  { type: /^AWS::(Chatbot|Synthetics|ResourceGroups)::/, why: 'the app works without it' },
  { type: /^AWS::Logs::QueryDefinition$/, why: 'a saved query' },
  { type: /^AWS::SecretsManager::(RotationSchedule|ResourcePolicy)$/, why: 'secrets are not rotated or shared' },
  { type: /^AWS::Backup::BackupSelection$/, why: 'no backup is made' },
  { type: /^AWS::Events::Archive$/, why: 'events are not archived' },
  { type: /^AWS::CloudFront::MonitoringSubscription$/, why: 'no extra metrics' },
  { type: /^AWS::ApiGatewayV2::Deployment$/, why: 'a stage serves its API as it is' },
  {
    type: /^AWS::EC2::(EIP|EIPAssociation|NatGateway|SecurityGroup(In|E)gress|FlowLog|NetworkAcl\w*|SubnetNetworkAclAssociation|EgressOnlyInternetGateway|VPCCidrBlock|SubnetCidrBlock|VPNGateway\w*|VPNConnection\w*|CustomerGateway)$/,
    why: 'there is no network between functions and the emulator',
  },
];

/**
 * Types that are useless without the resource to which they refer. They are left out together with
 * it.
 */
const HANGING = /^AWS::(EC2::Route|Lambda::Permission|CloudWatch::Alarm)$/;

/** Properties that are removed if the resource to which they refer is left out. */
const OPTIONAL: readonly { readonly type: string; readonly property: string }[] = [
  { type: 'AWS::ApiGatewayV2::Stage', property: 'DeploymentId' },
];

/** Types without which an app doesn't work. No option leaves them out. */
const WORKING = /::(Function|Queue|Table|GlobalTable|Stream|Bucket|TableBucket|Topic|RestApi|Api|GraphQLApi|EventBus)$/;

/**
 * The reason why a resource that the emulator lacks may be left out. Undefined if an app may need
 * it.
 */
export function whyDroppable({ Type: type }: Resource): string | undefined {
  return DROPPABLE.find((one) => one.type.test(type))?.why;
}

/** Whether a resource is useless if a resource to which it refers is left out. */
export function hangsOn({ Type: type }: Resource): boolean {
  return HANGING.test(type);
}

/** Whether the app doesn't work without a resource. */
export function doesWork({ Type: type }: Resource): boolean {
  return WORKING.test(type);
}

/** Names of a resource's properties that may be removed with the resource to which they refer. */
export function optionalProperties({ Type: type }: Resource): string[] {
  return OPTIONAL.filter((one) => one.type === type).map(({ property }) => property);
}
