import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';

/** Conditions of a policy statement: values by operator and condition key. */
export type Conditions = Record<string, Record<string, unknown>>;

/**
 * Lets an AWS service send messages to queues under a key, by a statement of the key's policy. IAM
 * policies don't apply to services.
 * @param conditions limit the use to resources of known accounts. They can't name a resource that
 * refers to a queue under the key: the key would need the resource, and the resource would need the
 * queue and its key.
 * @returns whether the statement was added. The policy of an imported key isn't in this app.
 */
export function grantServiceKeyUse(key: IKey, service: string, conditions: Conditions): boolean {
  const statement = new PolicyStatement({
    principals: [new ServicePrincipal(service)],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    // In a key policy, it means this key.
    resources: ['*'],
    conditions,
  });
  return key.addToResourcePolicy(statement, true).statementAdded;
}
