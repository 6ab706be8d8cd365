/** Codes by which DynamoDB refuses a call for throttling. Such a call did nothing. */
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
]);

/** Codes of calls without an answer, from the SDK and from Node. Such a call may have been done. */
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

/** A failure that goes away by itself. */
export interface Passing {
  readonly code: string;
  readonly throttled: boolean;
}

/** Whether a failure goes away by itself; undefined if it doesn't. */
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
