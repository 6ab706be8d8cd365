import { Aws, Fn } from 'aws-cdk-lib';

/**
 * The last group of the stack's id, known at deployment. Each creation of a stack has another one,
 * so a resource that a deleted stack left behind can't have the same name.
 */
export function stackInstance(): string {
  const uuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return Fn.select(4, Fn.split('-', uuid));
}
