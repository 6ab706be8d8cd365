import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { BehaviorModel, EdgeRequest, EdgeResponse } from './model';

const COMPRESSIBLE = /^(text\/|application\/(json|javascript|xml|manifest\+json|wasm)|image\/svg\+xml)/;
const COMPRESS_FROM = 1_000;
const COMPRESS_UP_TO = 10_000_000;

/** Applies the behaviour's response headers policy. */
export function applyResponseHeaders(behavior: BehaviorModel, response: EdgeResponse): EdgeResponse {
  if (behavior.responseHeaders === undefined) return response;
  const headers: Record<string, string> = { ...response.headers };
  for (const name of behavior.responseHeaders.remove) delete headers[name];
  for (const { name, value, override } of behavior.responseHeaders.set) {
    if (override || headers[name] === undefined) headers[name] = value;
  }
  return { ...response, headers };
}

/** Replaces texts in the content security policy and in the body of `/config.json`. */
export function rewrite(path: string, response: EdgeResponse, texts: Readonly<Record<string, string>>): EdgeResponse {
  const rewrites = Object.entries(texts);
  if (rewrites.length === 0) return response;
  const replace = (value: string): string => rewrites.reduce((all, [from, to]) => all.replaceAll(from, to), value);
  const headers: Record<string, string> = { ...response.headers };
  const policy = headers['content-security-policy'];
  if (policy !== undefined) headers['content-security-policy'] = replace(policy);
  if (path !== '/config.json') return { ...response, headers };
  delete headers['content-length'];
  delete headers['etag'];
  return { ...response, headers, body: Buffer.from(replace(Buffer.from(response.body).toString('utf8'))) };
}

/** Compresses an answer if the viewer accepts it and the behaviour allows it. */
export function compress(behavior: BehaviorModel, request: EdgeRequest, response: EdgeResponse): EdgeResponse {
  const accepted = request.headers['accept-encoding'] ?? '';
  const { length } = response.body;
  if (!behavior.compress || length < COMPRESS_FROM || length > COMPRESS_UP_TO) return response;
  if (response.headers['content-encoding'] !== undefined) return response;
  if (!COMPRESSIBLE.test(response.headers['content-type'] ?? '')) return response;
  const brotli = behavior.cache.brotli && /\bbr\b/.test(accepted);
  if (!brotli && !(behavior.cache.gzip && /\bgzip\b/.test(accepted))) return response;
  const body = brotli
    ? brotliCompressSync(response.body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
    : gzipSync(response.body);
  const { 'content-length': _length, ...headers } = response.headers;
  return {
    ...response,
    headers: { ...headers, 'content-encoding': brotli ? 'br' : 'gzip', vary: 'Accept-Encoding' },
    body,
  };
}

/** Whether the viewer has the current version of this answer in its cache. */
export function isUnchanged(request: EdgeRequest, response: EdgeResponse): boolean {
  const etag = response.headers['etag'];
  return response.status === 200 && etag !== undefined && request.headers['if-none-match'] === etag;
}

/** Makes the 304 answer for a viewer that already has the current version. */
export function notModified(response: EdgeResponse): EdgeResponse {
  const { 'content-length': _length, 'content-encoding': _encoding, ...headers } = response.headers;
  return { ...response, status: 304, headers, body: new Uint8Array() };
}

/** Adds the header `x-cache`, which states whether an answer came from the cache. */
export function withCacheHeader(response: EdgeResponse, result: string): EdgeResponse {
  return { ...response, headers: { ...response.headers, 'x-cache': `${result} from cloudfront` } };
}

/** Makes an error answer that CloudFront itself sends. */
export function errorPage(status: number, message: string): EdgeResponse {
  const body = `<!doctype html><title>${status}</title><h1>${status}</h1><p>${message}</p>`;
  const headers = { 'content-type': 'text/html', 'x-cache': 'Error from cloudfront' };
  return { status, headers, cookies: [], body: Buffer.from(body) };
}
