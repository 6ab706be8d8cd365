import { createHash } from 'node:crypto';
import { InvalidCursor } from './errors';

const VERSION = 1;
/**
 * Maximum length of a cursor. A cursor contains at most 32 keys, of at most 3 KB each, and is
 * shorter than this limit.
 */
const MAX_LENGTH = 256 * 1024;

/**
 * Packs a cursor: opaque text that is valid only for its table and query. Clients send the cursor
 * back, so it is checked like any input. It is neither secret nor signed, but `openPosition` checks
 * that its position is within the query. So a forged cursor only skips or repeats items that the
 * query reads anyway.
 */
export function packCursor(table: string, shape: unknown, state: unknown): string {
  return Buffer.from(stable({ v: VERSION, q: shapeHash(table, shape), s: state })).toString('base64url');
}

/** @throws InvalidCursor if the cursor is damaged, or was made for another table or query */
export function openCursor(table: string, shape: unknown, cursor: string): unknown {
  const content = decode(cursor);
  if (content?.v !== VERSION) throw new InvalidCursor('cursor is damaged');
  if (content.q !== shapeHash(table, shape))
    throw new InvalidCursor(`cursor was made for another table or query than this one of '${table}'`);
  return content.s;
}

/** JSON that also supports bytes and bigints. */
function stable(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key: string, part: unknown) {
    if (typeof part === 'bigint') return `${part}n`;
    // `part` isn't a Buffer here, because JSON.stringify calls Buffer.toJSON first.
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
