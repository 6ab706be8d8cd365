import { createHash } from 'node:crypto';
import { InvalidCursor } from './errors';

const VERSION = 1;
/** Keys have 3 KB at most (DynamoDB); 32 of them, encoded, stay below this. */
const MAX_LENGTH = 256 * 1024;

/**
 * Cursors travel through strangers' hands: opaque, bound to the table and the query they were made for, and checked as input when they
 * come back. They are not secret and not signed: whoever forges one only moves inside what the query reads anyway, since the
 * position in it is checked against the query before it is used (`openPosition`).
 */
export function packCursor(table: string, shape: unknown, state: unknown): string {
  return Buffer.from(stable({ v: VERSION, q: shapeHash(table, shape), s: state })).toString('base64url');
}

/** @throws InvalidCursor if it is damaged or was made for another table or query */
export function openCursor(table: string, shape: unknown, cursor: string): unknown {
  const content = decode(cursor);
  if (content?.v !== VERSION) throw new InvalidCursor('cursor is damaged');
  if (content.q !== shapeHash(table, shape))
    throw new InvalidCursor(`cursor was made for another table or query than this one of '${table}'`);
  return content.s;
}

/** JSON in which bytes and bigints have a form, too. */
function stable(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key: string, part: unknown) {
    if (typeof part === 'bigint') return `${part}n`;
    // Taken from its holder: a Buffer has turned itself into something else before it gets here.
    const original = this[key];
    return original instanceof Uint8Array ? Buffer.from(original).toString('base64') : part;
  });
}

function shapeHash(table: string, shape: unknown): string {
  return createHash('sha256')
    .update(stable([table, shape]))
    .digest('base64url')
    .slice(0, 16);
}

function decode(cursor: string): { readonly v?: unknown; readonly q?: unknown; readonly s?: unknown } | undefined {
  if (typeof cursor !== 'string' || cursor.length > MAX_LENGTH) return undefined;
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return typeof content === 'object' && content !== null ? content : undefined;
  } catch {
    return undefined;
  }
}
