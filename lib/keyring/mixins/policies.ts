import { type CfnResource, Stack } from 'aws-cdk-lib';
import { PolicyDocument, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/**
 * A CloudFormation resource that is the policy of other resources, such as `AWS::S3::BucketPolicy`.
 */
interface PolicyResource extends CfnResource {
  policyDocument: object;
}

/**
 * Adds a statement to the existing policy resource of an L1 resource. A second policy resource
 * would overwrite the first.
 * @param subjects returns the resources to which a policy applies; the comparison resolves them
 * first
 * @returns false if there is no such policy resource in the stack
 */
export function addToExistingPolicy<T extends PolicyResource>(
  resource: CfnResource,
  isPolicy: (construct: IConstruct) => construct is T,
  subjects: (policy: T) => unknown[],
  statement: PolicyStatement,
): boolean {
  const stack = Stack.of(resource);
  const wanted = JSON.stringify(stack.resolve(resource.ref));
  const policy = stack.node
    .findAll()
    .filter(isPolicy)
    .find((candidate) => subjects(candidate).some((subject) => JSON.stringify(stack.resolve(subject)) === wanted));
  if (policy === undefined) return false;
  const document = policy.policyDocument;
  if (document instanceof PolicyDocument) document.addStatements(statement);
  else {
    const resolved = stack.resolve(document) as { Statement?: object | object[] };
    policy.policyDocument = {
      ...resolved,
      Statement: [resolved.Statement ?? [], statement.toStatementJson()].flat(),
    };
  }
  return true;
}
