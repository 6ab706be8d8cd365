import { createHash } from 'node:crypto';

/**
 * Form of a group or deduplication ID of SQS: up to 128 letters, digits and punctuation characters.
 */
const SQS_ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

/**
 * Makes an ID that SQS accepts: the text itself, or its hash if it is too long or has other
 * characters.
 */
export function sqsId(text: string): string {
  return SQS_ID.test(text) ? text : createHash('sha256').update(text).digest('hex');
}

/**
 * Makes JSON that SQS accepts. SQS rejects the characters U+FFFE and U+FFFF, so they are escaped.
 */
export function sqsJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}
