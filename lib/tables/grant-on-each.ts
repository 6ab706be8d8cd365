import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * Maximum ARNs of a statement. If a role's policy is full, the CDK moves statements into additional
 * policies, but it can't split a statement. The CDK assumes 150 characters for each ARN, so two
 * statements with 17 ARNs fit into a managed policy (6,144 characters). With the longest table
 * names, one statement still fits.
 */
const ARNS_PER_STATEMENT = 17;

/**
 * Grants actions on any number of resources. Each statement is small enough that the CDK can
 * distribute the statements over several policies.
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
