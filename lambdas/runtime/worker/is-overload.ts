import { TableOverloaded } from '../table/errors';
import { passing } from '../table/overload';
import { StepBusy, TryLater } from './try-later';

/**
 * Whether an error of a handler is a sign that a partner or a table has too many calls: `TryLater`,
 * a throttle, or a call without an answer. `fetch` states the code of its failure in the cause.
 */
export function isOverload(error: unknown): boolean {
  if (error instanceof TryLater) return !(error instanceof StepBusy);
  if (error instanceof TableOverloaded) return true;
  return passing(error) !== undefined || (error instanceof Error && passing(error.cause) !== undefined);
}
