import type { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { invalid } from '../validation';
import { noteSharedPart } from './shared-tags';

/**
 * Returns a part that a stack has only once, such as its keyring. The first call makes the part.
 * @param stack stack of the part. If nested stacks share the part, it is their `rootStack`.
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
  throw invalid(
    known,
    'id',
    `must not be '${id}', because each stack reserves this id for its ${what}; rename this construct`,
  );
}
