import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * If a role's policy is full, the CDK moves whole statements into further policies. It can't split
 * a statement. It counts 150 characters an ARN, so two statements of this many ARNs share a managed
 * policy of 6,144 characters. One statement still fits with the longest table names.
 */
const ARNS_PER_STATEMENT = 17;

/**
 * Grants actions on any number of resources, in statements that are small enough to spread over
 * policies.
 * @param resourceArns at least one
 */
export function grantOnEach(grantee: IGrantable, actions: string[], resourceArns: string[]): Grant {
  const grants: Grant[] = [];
  for (let from = 0; from < resourceArns.length; from += ARNS_PER_STATEMENT) {
    const some = resourceArns.slice(from, from + ARNS_PER_STATEMENT);
    grants.push(Grant.addToPrincipal({ grantee, actions, resourceArns: some }));
  }
  return grants.reduce((all, grant) => all.combine(grant));
}
