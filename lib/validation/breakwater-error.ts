import type { IConstruct } from 'constructs';

/**
 * An error in an app's use of the library, found at synth. The message states the construct, the
 * requirement, the given value, and how to correct it.
 */
export class BreakwaterError extends Error {
  public override readonly name = 'BreakwaterError';
}

/**
 * Makes the error for an invalid prop.
 * @param scope construct whose path begins the message
 * @param prop name of the invalid prop or part
 * @param problem the requirement, the given value and how to correct it: `must be at least 1, got
 * 0`
 */
export function invalid(scope: IConstruct, prop: string, problem: string): BreakwaterError {
  return new BreakwaterError(`${scope.node.path || 'App'}: ${prop} ${problem}`);
}
