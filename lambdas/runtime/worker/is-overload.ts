import { TableOverloaded } from '../table/errors';
import { passing } from '../table/overload';
import { StepBusy, TryLater } from './try-later';

const TOO_MANY_REQUESTS = 429;

/**
 * Whether an error of a handler is a sign that a partner or a table has too many calls: `TryLater`,
 * a throttle, or a call without an answer. `fetch` states the code of its failure in the cause.
 */
export function isOverload(error: unknown): boolean {
  if (error instanceof TryLater) return !(error instanceof StepBusy);
  if (error instanceof TableOverloaded) return true;
  if (!(error instanceof Error)) return false;
  const { $metadata, $retryable } = error as SdkError;
  if ($metadata?.httpStatusCode === TOO_MANY_REQUESTS || $retryable?.throttling === true) return true;
  return passing(error) !== undefined || passing(error.cause) !== undefined;
}

/** The used part of the SDK's errors. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
}
