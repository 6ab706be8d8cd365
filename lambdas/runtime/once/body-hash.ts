import { hash } from 'node:crypto';

/** Characters of a hash: 96 bits, so that two bodies of one item don't collide by accident. */
const LENGTH = 16;

/** Hash of a message's body. The order of its fields has no effect. */
export function bodyHash(body: unknown): string {
  return hash('sha256', JSON.stringify(body, inOrder) ?? '', 'base64url').slice(0, LENGTH);
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
