import type { Issue } from '../standard-schema';

/** Further parts of an error's answer. */
export interface HttpErrorOptions {
  /** Faults of the request, field by field. */
  readonly issues?: readonly Issue[];
  /** Further headers of the answer, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log only: no caller sees it. */
  readonly cause?: unknown;
}

/**
 * Ends a request with `{error: {code, message, issues?}}`. For every other error the caller gets
 * 500 and the request's id.
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
   * @param code stable text in lower case that programs compare: none of the codes of
   * docs/refusals.md
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
