import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Returns the top-level stack of a construct. Names are made from its name, because a nested
 * stack's name is only known at deployment. Shared parts belong to it, because CloudFormation
 * deploys nested stacks as resources of their parent.
 */
export function rootStack(scope: IConstruct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent ? rootStack(stack.nestedStackParent) : stack;
}
