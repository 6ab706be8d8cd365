import type { IConstruct } from 'constructs';

/**
 * A mistake in an app's use of the library, found at synth.
 * The message says where it is, what must be, what was given, and how to mend it.
 */
export class BreakwaterError extends Error {
  public override readonly name = 'BreakwaterError';
}

/**
 * The error for an invalid prop.
 * @param scope construct whose path begins the message
 * @param prop name of the prop or of another thing at fault
 * @param problem what must be, what was given and how to mend it: `must be at least 1, got 0`
 */
export function invalid(scope: IConstruct, prop: string, problem: string): BreakwaterError {
  return new BreakwaterError(`${scope.node.path || 'App'}: ${prop} ${problem}`);
}
