import { REFUSALS, type Refusal, type RefusalCode } from '../../../lib/protocol';
import { HttpError, type HttpErrorOptions } from './http-error';

/**
 * Makes the error for a refusal that the library itself decides.
 * @param detail replaces the message of `REFUSALS` by a more specific one
 */
export function refusal(code: RefusalCode, detail?: string, options: HttpErrorOptions = {}): HttpError {
  const { status, message, retryAfterSeconds }: Refusal = REFUSALS[code];
  const retryAfter: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return new HttpError(status, code, detail ?? message, { ...options, headers: { ...retryAfter, ...options.headers } });
}
