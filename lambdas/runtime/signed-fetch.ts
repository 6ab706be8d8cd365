import { BODY_HASH_HEADER, METHODS_WITH_BODY } from '../../lib/protocol';

/** Options of `fetch`. All bytes of the body must be known before the request is sent. */
export type SignedFetchInit = Omit<RequestInit, 'body'> & {
  readonly body?: string | Uint8Array<ArrayBuffer> | ArrayBuffer | URLSearchParams | Blob | null;
};

/**
 * `fetch` with a header that contains the SHA-256 of the body. The edge refuses a write without
 * this header: CloudFront signs requests to a function URL, but doesn't read their bodies. The
 * function works in browsers (in a secure context) and in Node.js.
 *
 * @throws TypeError if the body is a stream or a form, because their bytes aren't known in advance
 *
 * @example
 * await signedFetch('/checkout', { method: 'POST', body: JSON.stringify(basket), headers: {
 * 'content-type': 'application/json' } });
 */
export async function signedFetch(
  input: string | URL,
  init: SignedFetchInit = {},
  fetcher: typeof fetch = globalThis.fetch,
): Promise<Response> {
  const method = (init.method ?? 'GET').toUpperCase();
  if (!METHODS_WITH_BODY.includes(method)) return fetcher(input, init);
  const headers = new Headers(init.headers);
  // The body is read once, so that the hashed bytes are exactly the sent bytes. `fetch` would
  // derive the content type from the original body, so it is set here.
  const bytes = await bytesOf(init.body);
  if (init.body instanceof URLSearchParams && !headers.has('content-type')) {
    headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
  }
  if (init.body instanceof Blob && init.body.type !== '' && !headers.has('content-type')) {
    headers.set('content-type', init.body.type);
  }
  headers.set(BODY_HASH_HEADER, toHex(await crypto.subtle.digest('SHA-256', bytes)));
  return fetcher(input, { ...init, method, headers, ...(bytes.length > 0 ? { body: bytes } : { body: null }) });
}

async function bytesOf(body: unknown): Promise<Uint8Array<ArrayBuffer>> {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof URLSearchParams) return new TextEncoder().encode(body.toString());
  if (body instanceof Uint8Array) return new Uint8Array(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (body instanceof Blob) return new Uint8Array(await body.arrayBuffer());
  throw new TypeError(
    'signedFetch: the body must be a string, bytes, URLSearchParams or a Blob, because a header with its hash is sent before it',
  );
}

function toHex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
