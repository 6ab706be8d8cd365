import type { Resource } from './template';

/**
 * Resource types that no code calls, with the effect of leaving them out. They are left out if the
 * local AWS emulator lacks them.
 */
const DROPPABLE: readonly { readonly type: RegExp; readonly why: string }[] = [
  { type: /^AWS::ApplicationAutoScaling::/, why: 'capacity is not scaled' },
  { type: /^AWS::CodeDeploy::/, why: 'a new version gets all traffic at once' },
  { type: /^AWS::CodePipeline::/, why: 'no pipeline runs' },
  { type: /^AWS::CloudWatch::(CompositeAlarm|AnomalyDetector|InsightRule)$/, why: 'it never changes its state' },
  { type: /^AWS::WAFv2::LoggingConfiguration$/, why: 'the web ACL writes no log' },
  { type: /^AWS::WAFv2::WebACLAssociation$/, why: 'the web ACL blocks no request to an API' },
  { type: /^AWS::(Config|CloudTrail|ApplicationSignals|GuardDuty|SecurityHub)::/, why: 'the account is not monitored' },
  { type: /^AWS::(PricingPlanManager|Budgets)::/, why: 'nothing is billed' },
  { type: /^AWS::(Chatbot|Synthetics|ResourceGroups)::/, why: 'the app works without it' },
  { type: /^AWS::Logs::QueryDefinition$/, why: 'a saved query' },
  { type: /^AWS::SecretsManager::(RotationSchedule|ResourcePolicy)$/, why: 'secrets are not rotated or shared' },
  { type: /^AWS::Backup::BackupSelection$/, why: 'no backup is made' },
  { type: /^AWS::Events::Archive$/, why: 'events are not archived' },
  { type: /^AWS::CloudFront::MonitoringSubscription$/, why: 'no extra metrics' },
  { type: /^AWS::ApiGatewayV2::Deployment$/, why: 'a stage always serves the current API' },
  {
    type: /^AWS::EC2::(EIP|EIPAssociation|NatGateway|SecurityGroup(In|E)gress|FlowLog|NetworkAcl\w*|SubnetNetworkAclAssociation|EgressOnlyInternetGateway|VPCCidrBlock|SubnetCidrBlock|VPNGateway\w*|VPNConnection\w*|CustomerGateway)$/,
    why: 'there is no network between functions and the emulator',
  },
];

/**
 * Types that are useless without the resource to which they refer. They are left out together with
 * it.
 */
const DEPENDENT = /^AWS::(EC2::Route|Lambda::Permission|CloudWatch::Alarm)$/;

/** Properties that are removed if the resource to which they refer is left out. */
const OPTIONAL: readonly { readonly type: string; readonly property: string }[] = [
  { type: 'AWS::ApiGatewayV2::Stage', property: 'DeploymentId' },
];

/** Types without which an app doesn't work. No option leaves them out. */
const ESSENTIAL =
  /::(Function|Queue|Table|GlobalTable|Stream|Bucket|TableBucket|Topic|RestApi|Api|GraphQLApi|EventBus)$/;

/**
 * The reason why a resource that the emulator lacks may be left out. Undefined if an app may need
 * it.
 */
export function whyDroppable({ Type: type }: Resource): string | undefined {
  return DROPPABLE.find((one) => one.type.test(type))?.why;
}

/** Whether a resource is useless if a resource to which it refers is left out. */
export function isDependent({ Type: type }: Resource): boolean {
  return DEPENDENT.test(type);
}

/** Whether the app needs a resource to work. */
export function isEssential({ Type: type }: Resource): boolean {
  return ESSENTIAL.test(type);
}

/** Names of a resource's properties that may be removed with the resource to which they refer. */
export function optionalProperties({ Type: type }: Resource): string[] {
  return OPTIONAL.filter((one) => one.type === type).map(({ property }) => property);
}
