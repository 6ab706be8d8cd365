import { createHash } from 'node:crypto';

/** A group or deduplication id of SQS: up to 128 letters, digits and punctuation. */
const SQS_ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

/**
 * An id that SQS accepts: the text itself, or its hash if it is too long or has other characters.
 */
export function sqsId(text: string): string {
  return SQS_ID.test(text) ? text : createHash('sha256').update(text).digest('hex');
}

/**
 * JSON that SQS accepts. SQS rejects the two non-characters of XML, so they are written as escapes.
 */
export function sqsJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}
