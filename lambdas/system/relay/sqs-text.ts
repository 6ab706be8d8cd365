import { createHash } from 'node:crypto';

/** What SQS takes as a group or deduplication id: up to 128 letters, digits and punctuation. */
const SQS_ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

/** An id that SQS takes: the text itself, or its hash where it is too long or has other characters. */
export function sqsId(text: string): string {
  return SQS_ID.test(text) ? text : createHash('sha256').update(text).digest('hex');
}

/** JSON that SQS takes: it refuses the two non-characters of XML, which JSON may write as escapes. */
export function sqsJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}
