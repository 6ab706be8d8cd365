import { ArnFormat, type IResource, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { invalid } from '../validation';

/**
 * Throws if an existing resource is known to be in another account or Region than the construct
 * that uses it.
 * @param prop prop with the resource
 * @param arn ARN of the resource. The account and Region of this ARN are checked, and not the
 * resource's `env`, because the `env` of an imported resource may be that of the importing stack.
 */
export function requireSameEnvironment(at: IConstruct, prop: string, resource: IResource, arn: string): void {
  const stack = Stack.of(at);
  const its = Token.isUnresolved(arn) ? resource.env : stack.splitArn(arn, ArnFormat.NO_RESOURCE_NAME);
  const differs = (one = '', other = '') =>
    ![one, other].some((value) => value === '' || Token.isUnresolved(value)) && one !== other;
  if (!differs(its.account, stack.account) && !differs(its.region, stack.region)) return;
  const place = (account = '', region = '') =>
    [account, region].map((value) => (Token.isUnresolved(value) ? 'unknown' : value)).join('/');
  throw invalid(
    at,
    prop,
    `must be in the construct's own account and Region, got '${resource.node.path}' in ${place(its.account, its.region)} ` +
      `for '${at.node.path}' in ${place(stack.account, stack.region)}: functions call the tables and queues of their own Region, ` +
      'and policies name roles of their own account; use a resource of this account and Region, or give the stack its env',
  );
}
