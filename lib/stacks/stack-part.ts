import type { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { invalid } from '../validation';
import { noteSharedPart } from './shared-tags';

/**
 * Returns a part that a stack has once, such as its keyring. The first call makes it.
 * @param stack stack of the part. Parts that nested stacks share belong to their `rootStack`.
 * @param id the part's construct ID in the stack; the library reserves it
 * @param what the part's name in errors
 * @throws BreakwaterError if the app uses that ID for another construct
 */
export function stackPart<T extends Construct>(
  stack: Stack,
  id: string,
  what: string,
  type: new (...args: never[]) => T,
  make: (stack: Stack) => T,
): T {
  const known = stack.node.tryFindChild(id);
  if (known === undefined) {
    const made = make(stack);
    noteSharedPart(made, stack);
    return made;
  }
  if (known instanceof type) return known;
  throw invalid(known, 'id', `'${id}' is the ${what}'s in every stack; rename this construct`);
}
