import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Returns the top-level stack of a construct. Names and shared parts belong to it, because a nested
 * stack's name is only known at deployment, and CloudFormation deploys a nested stack as a resource
 * of its parent.
 */
export function rootStack(scope: IConstruct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent ? rootStack(stack.nestedStackParent) : stack;
}
