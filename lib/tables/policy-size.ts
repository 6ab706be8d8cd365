import { Stack } from 'aws-cdk-lib';
import { CfnManagedPolicy, CfnPolicy, type IGrantable, Role } from 'aws-cdk-lib/aws-iam';
import { IAM } from '../limits';

/**
 * Characters that CloudFormation adds to a generated name, including the dashes around the logical
 * ID.
 */
const NAME_SUFFIX = 14;
/** Maximum length of a generated name. A table has the longest. */
const MAX_NAME = 255;
/**
 * Characters of an ARN without the name: partition, service, longest Region name, account and
 * resource type.
 */
const AROUND_NAME = 66;
/** Characters of the suffix of a stream's ARN: `/stream/2026-11-24T06:29:10.123`. */
const STREAM_LABEL = 32;
/** Maximum characters of pseudo parameters. */
const PSEUDO: Record<string, number> = { 'AWS::AccountId': 12, 'AWS::Region': 14, 'AWS::Partition': 10 };

const watched = new WeakSet<Role>();

/**
 * Makes synth fail if the policies of a grantee's role exceed IAM's quotas. Without this check, the
 * deployment would fail after it has created some resources.
 */
export function watchPolicySize(grantee: IGrantable): void {
  const role: unknown = grantee.grantPrincipal;
  // The policies of an imported role aren't in this app.
  if (!(role instanceof Role) || watched.has(role)) return;
  watched.add(role);
  role.node.addValidation({ validate: () => policyErrors(role) });
}

function policyErrors(role: Role): string[] {
  const parts = role.node.findAll();
  const inline = parts.filter(CfnPolicy.isCfnPolicy).reduce((sum, policy) => sum + sizeOf(policy), 0);
  const managed = parts.filter(CfnManagedPolicy.isCfnManagedPolicy).map(sizeOf);
  const advice =
    "Use fewer shards or tables per function, shorter ids of tables and stack, or a larger '@aws-cdk/aws-iam.arnSizeEstimate' in the app's context";
  const errors: string[] = [];
  if (inline > IAM.MAX_INLINE_POLICIES_CHARACTERS) {
    errors.push(
      `inline policy must fit into ${IAM.MAX_INLINE_POLICIES_CHARACTERS} characters, got about ${inline}. ${advice}`,
    );
  }
  const largest = Math.max(0, ...managed);
  if (largest > IAM.MAX_MANAGED_POLICY_CHARACTERS) {
    errors.push(
      `managed policy must fit into ${IAM.MAX_MANAGED_POLICY_CHARACTERS} characters, got about ${largest}. ${advice}`,
    );
  }
  return errors;
}

function sizeOf(policy: CfnPolicy | CfnManagedPolicy): number {
  const stack = Stack.of(policy);
  return sizeOfValue(stack.resolve(policy.policyDocument), stack.stackName.length);
}

/** Characters of a resolved value as JSON. Each reference counts with its maximum length. */
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
