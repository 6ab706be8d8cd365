import { createHash } from 'node:crypto';

/** First 8 hexadecimal characters of a text's SHA-256, for ids and names. */
export function shortHash(text: string): string {
  return digest(text).slice(0, 8);
}

/** SHA-256 of a text in hexadecimal. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
