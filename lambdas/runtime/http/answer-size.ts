import { LAMBDA } from '../../../lib/limits';
import { UsageError } from '../table/errors';
import type { Reply } from './types';

/** Control characters grow most when a text becomes a JSON string: to six bytes each. */
const MAX_GROWTH = 6;

/**
 * Refuses an answer that Lambda wouldn't pass on. Lambda would answer 502 in its place, without a
 * line in
 * the log that says why.
 * @throws UsageError if it is over 6 MB
 */
export function checkAnswerSize({ body }: Reply): void {
  const bytes = typeof body === 'string' ? jsonBytes(body) : Math.ceil(body.length / 3) * 4;
  if (bytes > LAMBDA.MAX_RESPONSE_BYTES)
    throw new UsageError(
      `an answer may have ${LAMBDA.MAX_RESPONSE_BYTES} bytes of JSON or base64, got ${bytes}: answer in pages, or put it into a document`,
    );
}

function jsonBytes(text: string): number {
  return text.length * MAX_GROWTH <= LAMBDA.MAX_RESPONSE_BYTES ? text.length : Buffer.byteLength(JSON.stringify(text));
}
