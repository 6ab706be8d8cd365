import { createHash } from 'node:crypto';

/** Eight hexadecimal characters that stand for a text in ids and names. */
export function shortHash(text: string): string {
  return digest(text).slice(0, 8);
}

/** 64 hexadecimal characters that stand for a text. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
