import type { Issue } from '../standard-schema';

/** What a caller may be told besides the status. */
export interface HttpErrorOptions {
  /** What is wrong with the request, field by field. */
  readonly issues?: readonly Issue[];
  /** Further headers of the answer, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log only; never shown to the caller. */
  readonly cause?: unknown;
}

/**
 * Ends a request with `{error: {code, message, issues?}}`. Whatever else a handler throws becomes a 500 that says nothing but the request id.
 *
 * @example
 * throw new HttpError(409, 'already_paid', 'this order is paid for');
 */
export class HttpError extends Error {
  readonly issues: readonly Issue[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status 400-599
   * @param code short, stable, in lower case: what programs compare
   * @param message a sentence for people
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    options: HttpErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'HttpError';
    this.issues = options.issues;
    this.headers = options.headers ?? {};
  }
}
