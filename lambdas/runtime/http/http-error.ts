import type { Issue } from '../standard-schema';

/** Optional parts of an error's answer. */
export interface HttpErrorOptions {
  /** Faults of the request, one for each field. */
  readonly issues?: readonly Issue[];
  /** Additional headers of the answer, with names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Cause for the log. Callers don't see it. */
  readonly cause?: unknown;
}

/**
 * Ends a request with a status and `{error: {code, message, issues?}}`. For all other errors the
 * caller gets 500 and the request's ID.
 *
 * @example
 * throw new HttpError(409, 'already_paid', 'this order is paid for');
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly issues: readonly Issue[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status 400-599
   * @param code stable text in lower case for programs. It must differ from the codes in
   * docs/refusals.md.
   * @param message a sentence for people
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    options: HttpErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.issues = options.issues;
    this.headers = options.headers ?? {};
  }
}
