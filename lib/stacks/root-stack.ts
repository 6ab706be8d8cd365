import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * The top-level stack of a construct. The name of a nested stack is known at deployment only, and
 * CloudFormation deploys nested stacks as resources of their parent.
 */
export function rootStack(scope: IConstruct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent ? rootStack(stack.nestedStackParent) : stack;
}
