/** DynamoDB's error codes for throttling. A throttled call has no effect. */
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
]);

/**
 * Error codes of the SDK and Node.js for calls without an answer. Such a call may have taken
 * effect.
 */
const UNANSWERED = new Set([
  'AbortError',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
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
}

/** Describes a temporary failure. Returns undefined for other failures. */
export function passing(error: unknown): Passing | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, code, $metadata } = error as Error & {
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  if (THROTTLED.has(name)) return { code: name, throttled: true };
  if (UNANSWERED.has(name)) return { code: name, throttled: false };
  if (typeof code === 'string' && UNANSWERED.has(code)) return { code, throttled: false };
  return ($metadata?.httpStatusCode ?? 0) >= 500 ? { code: name, throttled: false } : undefined;
}
