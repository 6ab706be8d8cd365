import { Stack } from 'aws-cdk-lib';
import { type IGrantable, Policy } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge } from '../validation';

/**
 * Acknowledges that a grant reaches all parts of one declared resource: indexes of a table, objects of a bucket, alarms of an alias. cdk-nag finds each
 * such `*` by the resource it ends, so that a wildcard somewhere else still is a finding.
 * @param grantee who is granted them, or the policy that does
 * @param resource whose parts are granted
 * @param arn ARN of the resource, or how those of its parts begin
 * @param suffix what follows it: `/index/*`
 */
export function acknowledgeParts(
  grantee: IGrantable,
  resource: IConstruct,
  arn: string,
  suffix: string,
  reason: string,
): void {
  const principal: unknown = grantee instanceof Policy ? grantee : grantee.grantPrincipal;
  // A principal of somewhere else has no policy in this app.
  if (!Construct.isConstruct(principal)) return;
  const name = nagName(Stack.of(resource).resolve(arn));
  if (name !== undefined) acknowledge(principal, { id: `AwsSolutions-IAM5[Resource::${name}${suffix}]`, reason });
}

/** An ARN as cdk-nag writes it: references in angle brackets. */
function nagName(resolved: unknown): string | undefined {
  if (typeof resolved === 'string') return resolved;
  const {
    Ref: ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
  } = resolved as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
  if (join !== undefined) return join[1].map(nagName).join(join[0]);
  const named = ref ?? attribute?.join('.');
  return named && `<${named}>`;
}
