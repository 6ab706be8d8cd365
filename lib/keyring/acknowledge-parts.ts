import { Stack } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge } from '../validation';

/**
 * Acknowledges that a grant reaches all parts of one declared resource: indexes of a table, objects of a bucket. cdk-nag finds each
 * such `*` by the resource it ends, so that a wildcard somewhere else still is a finding.
 * @param resource whose parts are granted
 * @param arn ARN of the resource
 * @param suffix what follows it: `/index/*`
 */
export function acknowledgeParts(
  grantee: IGrantable,
  resource: IConstruct,
  arn: string,
  suffix: string,
  reason: string,
): void {
  const principal: unknown = grantee.grantPrincipal;
  // A principal of somewhere else has no policy in this app.
  if (!Construct.isConstruct(principal)) return;
  const resolved: unknown = Stack.of(resource).resolve(arn);
  const attribute = (resolved as { 'Fn::GetAtt'?: string[] })['Fn::GetAtt'];
  const name = typeof resolved === 'string' ? resolved : attribute && `<${attribute.join('.')}>`;
  if (name !== undefined) acknowledge(principal, { id: `AwsSolutions-IAM5[Resource::${name}${suffix}]`, reason });
}
