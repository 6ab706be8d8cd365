import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * The CDK moves whole statements into further policies when a role's own is full, and can't take one apart. It counts 150 characters an
 * ARN, so two statements of this many ARNs share a managed policy of 6,144 characters; and one still fits with the longest table names.
 */
const ARNS_PER_STATEMENT = 17;

/**
 * Grants actions on any number of resources, in statements small enough to be spread over policies.
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
