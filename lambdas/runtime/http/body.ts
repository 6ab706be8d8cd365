import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { BODY_HASH_HEADER, type RouteDeclaration } from '../../../lib/protocol';
import { refusal } from './refuse';

const SHA256_HEX = /^[0-9a-f]{64}$/;
const JSON_TYPE = 'application/json';
const MAX_SHOWN_TYPE = 80;

/** A body in a function URL's event: text, or bytes that were decoded from base64. */
export type RawBody = string | Buffer;

export function rawBody(body: string | undefined, isBase64: boolean | undefined): RawBody {
  return isBase64 ? Buffer.from(body ?? '', 'base64') : (body ?? '');
}

/**
 * Checks size, media type and hash of a body, and parses it.
 * @returns parsed JSON; the bytes if the route accepts another media type; undefined without a body
 * @throws HttpError 400, 413 or 415
 */
export function readBody(
  body: RawBody,
  headers: Readonly<Record<string, string | undefined>>,
  { maxBody, contentType = JSON_TYPE }: RouteDeclaration,
): unknown {
  const size = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  if (maxBody === undefined && size > 0) throw refusal('unexpected_body');
  if (maxBody !== undefined && size > maxBody) {
    throw refusal('body_too_large', `a body of this route must have at most ${maxBody} bytes, got ${size}`);
  }
  if (size > 0) checkType(headers['content-type'], contentType);
  checkHash(body, headers[BODY_HASH_HEADER]);
  if (size === 0) return undefined;
  return isJson(contentType) ? parseJson(body) : new Uint8Array(typeof body === 'string' ? Buffer.from(body) : body);
}

function checkType(got: string | undefined, expected: string): void {
  if (got === expected) return;
  const [type = ''] = (got ?? '').split(';', 1);
  const name = type.trim().toLowerCase();
  if (name !== expected.toLowerCase()) {
    throw refusal(
      'wrong_content_type',
      `the body must be ${expected}, got ${name.slice(0, MAX_SHOWN_TYPE) || 'no content type'}`,
    );
  }
}

function checkHash(body: RawBody, stated: string | undefined): void {
  if (stated === undefined || !SHA256_HEX.test(stated)) throw refusal('body_hash_missing');
  if (hash('sha256', body) !== stated) throw refusal('body_hash_wrong');
}

function isJson(type: string): boolean {
  return type === JSON_TYPE || type.endsWith('+json');
}

function parseJson(body: RawBody): unknown {
  if (typeof body !== 'string' && !isUtf8(body)) throw refusal('malformed_json', 'the body is not valid UTF-8');
  try {
    return JSON.parse(typeof body === 'string' ? body : body.toString('utf8'));
  } catch {
    throw refusal('malformed_json', 'the body is not valid JSON');
  }
}
