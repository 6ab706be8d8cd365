import { REFUSALS, type Refusal, type RefusalCode } from '../../../lib/protocol';
import { HttpError, type HttpErrorOptions } from './http-error';

/**
 * The error for a refusal of the library's own.
 * @param detail replaces the table's message where more can be said
 */
export function refusal(code: RefusalCode, detail?: string, options: HttpErrorOptions = {}): HttpError {
  const { status, message, retryAfterSeconds }: Refusal = REFUSALS[code];
  const retryAfter: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return new HttpError(status, code, detail ?? message, { ...options, headers: { ...retryAfter, ...options.headers } });
}
