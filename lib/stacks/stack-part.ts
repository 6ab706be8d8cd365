import type { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { invalid } from '../validation';

/**
 * A part that a stack has once, such as its keyring. The first use makes it.
 * @param stack stack of the part. Parts that nested stacks share belong to their `rootStack`.
 * @param id its construct id in the stack, which is reserved
 * @param what its name in errors
 * @throws BreakwaterError if the app has given that id to another construct
 */
export function stackPart<T extends Construct>(
  stack: Stack,
  id: string,
  what: string,
  type: new (...args: never[]) => T,
  make: (stack: Stack) => T,
): T {
  const known = stack.node.tryFindChild(id);
  if (known === undefined) return make(stack);
  if (known instanceof type) return known;
  throw invalid(known, 'id', `'${id}' is the ${what}'s in every stack; rename this construct`);
}
