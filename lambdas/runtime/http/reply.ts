import { toWellFormed } from '../well-formed';
import type { Reply } from './types';

/** Caching and additional headers of an answer. */
export interface ReplyOptions {
  /** Value of `cache-control`. @default no-store */
  readonly cacheControl?: string;
  /** Additional headers, with names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Media type and file name of an answer. */
export interface BinaryOptions extends ReplyOptions {
  /** Media type of the bytes. */
  readonly contentType: string;
  /** Makes browsers save the answer under this name. @default browsers show the answer */
  readonly fileName?: string;
}

const NO_STORE = 'no-store';

/**
 * Makes a JSON answer. It isn't cached unless `cacheControl` allows it, also by the edge.
 *
 * @example
 * return json(200, { items }, { cacheControl: 'public, max-age=300' });
 */
export function json(status: number, body: unknown, options: ReplyOptions = {}): Reply {
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': options.cacheControl ?? NO_STORE,
      ...options.headers,
    },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

/**
 * Makes an answer of bytes, such as a document or an image.
 *
 * @example
 * return binary(200, pdf, { contentType: 'application/pdf', fileName: 'invoice-536365.pdf' });
 */
export function binary(status: number, bytes: Uint8Array, options: BinaryOptions): Reply {
  return {
    status,
    headers: {
      'content-type': options.contentType,
      'cache-control': options.cacheControl ?? NO_STORE,
      ...(options.fileName === undefined ? {} : { 'content-disposition': disposition(options.fileName) }),
      ...options.headers,
    },
    body: bytes,
  };
}

/**
 * Writes a file name as RFC 6266 requires: in ASCII for old clients, and encoded for others. No
 * character of the name can end the header.
 */
function disposition(fileName: string): string {
  const plain = fileName.replace(/[^\w.-]/g, '_');
  const encoded = encodeURIComponent(toWellFormed(fileName)).replace(
    /['()*!]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
