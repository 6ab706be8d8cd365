import { Stack } from 'aws-cdk-lib';
import { type IGrantable, Policy } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge } from '../validation';

/**
 * Acknowledges that a grant covers all parts of one declared resource: indexes of a table, objects
 * of a bucket, or alarms of an alias. cdk-nag reports such a grant as a wildcard, with the
 * resource's name. A wildcard for another resource remains a finding.
 * @param grantee the grantee, or the policy that contains the grant
 * @param resource resource whose parts the grant covers
 * @param arn ARN of the resource, or the start of its parts' ARNs
 * @param suffix end of the granted ARN: `/index/*`
 */
export function acknowledgeParts(
  grantee: IGrantable,
  resource: IConstruct,
  arn: string,
  suffix: string,
  reason: string,
): void {
  const principal: unknown = grantee instanceof Policy ? grantee : grantee.grantPrincipal;
  // An imported principal has no policy in this app.
  if (!Construct.isConstruct(principal)) return;
  const name = nagName(Stack.of(resource).resolve(arn));
  if (name !== undefined) acknowledge(principal, { id: `AwsSolutions-IAM5[Resource::${name}${suffix}]`, reason });
}

/** Returns an ARN in cdk-nag's form, with references in angle brackets. */
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
