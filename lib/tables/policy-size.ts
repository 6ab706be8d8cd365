import { Stack } from 'aws-cdk-lib';
import { CfnManagedPolicy, CfnPolicy, type IGrantable, Role } from 'aws-cdk-lib/aws-iam';
import { IAM } from '../limits';

/**
 * Characters that CloudFormation adds to a generated name, with the dashes around the logical id.
 */
const NAME_SUFFIX = 14;
/** Longest name that it generates: a table's. */
const MAX_NAME = 255;
/**
 * Characters around the name in an ARN: partition, service, longest Region name, account and kind
 * of resource.
 */
const AROUND_NAME = 66;
/** The time that names a stream: `/stream/2026-11-24T06:29:10.123`. */
const STREAM_LABEL = 32;
/** Characters of pseudo parameters. */
const PSEUDO: Record<string, number> = { 'AWS::AccountId': 12, 'AWS::Region': 14, 'AWS::Partition': 10 };

const watched = new WeakSet<Role>();

/**
 * Fails synth if the policies of a grantee's role exceed IAM's quotas. A deployment would fail half
 * way.
 */
export function watchPolicySize(grantee: IGrantable): void {
  const role: unknown = grantee.grantPrincipal;
  // An imported role has its policies elsewhere.
  if (!(role instanceof Role) || watched.has(role)) return;
  watched.add(role);
  role.node.addValidation({ validate: () => policyErrors(role) });
}

function policyErrors(role: Role): string[] {
  const parts = role.node.findAll();
  const inline = parts.filter(CfnPolicy.isCfnPolicy).reduce((sum, policy) => sum + sizeOf(policy), 0);
  const managed = parts.filter(CfnManagedPolicy.isCfnManagedPolicy).map(sizeOf);
  const advice =
    "Fewer shards or tables a function, shorter ids of tables and stack, or a larger '@aws-cdk/aws-iam.arnSizeEstimate' in the app's context";
  const errors: string[] = [];
  if (inline > IAM.MAX_INLINE_POLICIES_CHARACTERS) {
    errors.push(
      `inline policy must fit ${IAM.MAX_INLINE_POLICIES_CHARACTERS} characters, got about ${inline}. ${advice}`,
    );
  }
  const largest = Math.max(0, ...managed);
  if (largest > IAM.MAX_MANAGED_POLICY_CHARACTERS) {
    errors.push(
      `managed policy must fit ${IAM.MAX_MANAGED_POLICY_CHARACTERS} characters, got about ${largest}. ${advice}`,
    );
  }
  return errors;
}

function sizeOf(policy: CfnPolicy | CfnManagedPolicy): number {
  const stack = Stack.of(policy);
  return sizeOfValue(stack.resolve(policy.policyDocument), stack.stackName.length);
}

/** Characters of a resolved value as JSON, with each reference at its longest. */
function sizeOfValue(value: unknown, stackName: number): number {
  const size = (inner: unknown) => sizeOfValue(inner, stackName);
  const nameOf = (logicalId: string) => Math.min(MAX_NAME, stackName + logicalId.length + NAME_SUFFIX);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value).length;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + size(item) + 1, 2);
  const entries = Object.entries(value);
  const [kind, argument] = entries[0] ?? [];
  if (entries.length === 1 && kind === 'Ref') return PSEUDO[String(argument)] ?? nameOf(String(argument)) + 2;
  if (entries.length === 1 && kind === 'Fn::GetAtt') {
    const [logicalId, attribute] = argument as [string, string];
    return AROUND_NAME + nameOf(logicalId) + (attribute === 'StreamArn' ? STREAM_LABEL : 0) + 2;
  }
  if (entries.length === 1 && kind === 'Fn::Join') {
    const [, parts] = argument as [string, unknown[]];
    return parts.reduce((sum: number, part) => sum + (typeof part === 'string' ? part.length : size(part)), 2);
  }
  return entries.reduce((sum, [name, item]) => sum + name.length + 4 + size(item), 2);
}
