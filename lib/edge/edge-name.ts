import { Aws, Fn, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { digest } from './short-hash';

/** Names of all that is made here may have 64 characters; the longest Region has 15, or is a reference that becomes one. */
const MAX_PART_CHARACTERS = 30;

/**
 * A name for what CloudFront keeps for the whole account: with the Region in it, so that the same stack may be in several, and with a
 * hash of the stack's name and the construct's path, so that an account may have the stack under several names, and an app several edges.
 */
export function edgeName(scope: IConstruct, part: string): string {
  const owner = digest(`${rootStack(Stack.of(scope)).stackName} ${scope.node.path}`).slice(0, 16);
  return `${part.slice(0, MAX_PART_CHARACTERS)}-${owner}-${Stack.of(scope).region}`;
}

/**
 * The last group of the stack's id, known at deployment only: another one for each creation of a stack, so that what an earlier one of
 * the same name left behind is not in its way.
 */
export function stackInstance(): string {
  const uuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return Fn.select(4, Fn.split('-', uuid));
}

/** The stack that is deployed; the name of a nested one is known at deployment only. */
export function rootStack(stack: Stack): Stack {
  return stack.nestedStackParent ? rootStack(stack.nestedStackParent) : stack;
}
