import type { IConstruct } from 'constructs';

/** A mistake in an app's use of the library, told at synth: where, what was got, what was expected, what to do. */
export class BreakwaterError extends Error {
  public override readonly name = 'BreakwaterError';
}

/**
 * The error for a prop that can't be.
 * @param scope where: its path is the message's start
 * @param prop name of the prop, or of what else is at fault
 * @param problem what was expected and what was got, and what to do: `must be at least 1, got 0`
 */
export function invalid(scope: IConstruct, prop: string, problem: string): BreakwaterError {
  return new BreakwaterError(`${scope.node.path || 'App'}: ${prop} ${problem}`);
}
