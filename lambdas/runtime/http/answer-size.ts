import { LAMBDA } from '../../../lib/limits';
import { UsageError } from '../table/errors';
import type { Reply } from './types';

/** Maximum growth of a text in JSON: a control character becomes six bytes. */
const MAX_GROWTH = 6;

/**
 * Refuses an answer that is too large for Lambda. Without this check the caller would get 502, and
 * no log line would state the reason.
 * @throws UsageError if the answer is larger than 6 MB
 */
export function checkAnswerSize({ body }: Reply): void {
  const bytes = typeof body === 'string' ? jsonBytes(body) : Math.ceil(body.length / 3) * 4;
  if (bytes > LAMBDA.MAX_RESPONSE_BYTES)
    throw new UsageError(
      `an answer must have at most ${LAMBDA.MAX_RESPONSE_BYTES} bytes of JSON or base64, got ${bytes}: answer in pages, or put it into a document`,
    );
}

function jsonBytes(text: string): number {
  return text.length * MAX_GROWTH <= LAMBDA.MAX_RESPONSE_BYTES ? text.length : Buffer.byteLength(JSON.stringify(text));
}
