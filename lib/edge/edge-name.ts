import { Aws, Fn, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { digest } from './short-hash';

/** The hash takes 16 of a name's 64 characters, the longest Region 15 and the hyphens 2. */
const MAX_PART_CHARACTERS = 30;

/**
 * A name for a CloudFront resource, unique in its account. It holds the Region, so that a stack can
 * be deployed to several Regions. It holds a hash of the stack's name and the construct's path, so
 * that an account can have the stack under several names and an app several distributions.
 */
export function edgeName(scope: IConstruct, part: string): string {
  const owner = digest(`${rootStack(Stack.of(scope)).stackName} ${scope.node.path}`).slice(0, 16);
  return `${part.slice(0, MAX_PART_CHARACTERS)}-${owner}-${Stack.of(scope).region}`;
}

/**
 * The last group of the stack's id, known at deployment. Each creation of a stack has another one,
 * so a resource that a deleted stack left behind can't have the same name.
 */
export function stackInstance(): string {
  const uuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return Fn.select(4, Fn.split('-', uuid));
}

/** The outermost stack. The name of a nested stack is known at deployment only. */
export function rootStack(stack: Stack): Stack {
  return stack.nestedStackParent ? rootStack(stack.nestedStackParent) : stack;
}
