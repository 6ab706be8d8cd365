/** Codes under which AWS refuses what it would take a moment later. */
const PASSING = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'ProvisionedThroughputExceededException',
  'ConcurrentUpdateException',
  'InternalServiceException',
  'InternalServerError',
]);

/** What became of a call that wasn't answered with success. */
export class AwsError extends Error {
  public override readonly name = 'AwsError';

  public constructor(
    public readonly service: string,
    public readonly action: string,
    /** 0 if no answer came at all. */
    public readonly status: number,
    public readonly code: string,
    detail: string,
  ) {
    super(`${service} ${action} failed: ${status === 0 ? 'no answer' : status} ${code} ${detail}`.trimEnd());
  }

  /** Whether the same call may succeed later. */
  public get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500 || PASSING.has(this.code);
  }
}

/** Whether an error is AWS's own of this code. */
export function isAwsError(error: unknown, ...codes: string[]): error is AwsError {
  return error instanceof AwsError && codes.includes(error.code);
}

const MAX_DETAIL = 300;

/** Reads an answer of the JSON protocols: the code stands in the body's `__type`, or in a header. */
export function awsErrorOf(service: string, action: string, response: Response, text: string): AwsError {
  let body: Record<string, unknown> = {};
  try {
    body = (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    // A proxy's page, or nothing: the text itself is all there is to tell.
  }
  const stated = body['__type'] ?? response.headers.get('x-amzn-errortype') ?? body['code'] ?? body['Code'];
  // `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException` and `ResourceNotFoundException:http://...` are both the middle.
  const code = typeof stated === 'string' ? stated.replace(/^.*#/, '').replace(/:.*$/, '') : 'Unknown';
  const detail = body['message'] ?? body['Message'] ?? text;
  return new AwsError(service, action, response.status, code, String(detail).slice(0, MAX_DETAIL));
}
