/** DynamoDB's error codes for throttling. A throttled call has no effect. */
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
]);

/** Error codes of Node.js for requests that were not sent, because there was no connection. */
const UNSENT = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENOTFOUND']);

/**
 * Error codes of the SDK and Node.js for calls without an answer. Such a call may have taken
 * effect.
 */
const UNANSWERED = new Set([
  'AbortError',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'RequestTimeout',
  'TimeoutError',
  'TransactionInProgressException',
]);

/** A temporary failure. */
export interface Passing {
  readonly code: string;
  readonly throttled: boolean;
  /** Whether the request may have taken effect. */
  readonly mayBeDone: boolean;
}

/** Describes a temporary failure. Returns undefined for other failures. */
export function passing(error: unknown): Passing | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, code, $metadata } = error as Error & {
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean };
  };
  if (THROTTLED.has(name)) return { code: name, throttled: true, mayBeDone: false };
  // The SDK has corrected its clock after DynamoDB had refused the request's time.
  if ($metadata?.clockSkewCorrected === true) return { code: name, throttled: false, mayBeDone: false };
  if (isUnsent(error)) return { code: String(code ?? name), throttled: false, mayBeDone: false };
  if (UNANSWERED.has(name)) return { code: name, throttled: false, mayBeDone: true };
  if (typeof code === 'string' && UNANSWERED.has(code)) return { code, throttled: false, mayBeDone: true };
  return ($metadata?.httpStatusCode ?? 0) >= 500 ? { code: name, throttled: false, mayBeDone: true } : undefined;
}

/** The request was too late to be sent. Nothing was sent. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}

/** Whether a request was certainly not sent. */
export function isUnsent(error: unknown): boolean {
  if (error instanceof TooLate) return true;
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined;
  return typeof code === 'string' && UNSENT.has(code);
}
