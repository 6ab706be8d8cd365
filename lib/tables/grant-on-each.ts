import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * If a role's policy is full, the CDK moves whole statements into additional policies. It can't
 * split a statement. It counts 150 characters for each ARN, so a managed policy (6,144 characters)
 * contains two statements with this many ARNs. With the longest table names it still contains one.
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
