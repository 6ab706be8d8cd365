import { createHash, timingSafeEqual } from 'node:crypto';
import { BODY_HASH_HEADER, type RouteDeclaration } from '../../../lib/protocol';
import { refusal } from './refuse';

const SHA256_HEX = /^[0-9a-f]{64}$/;
const JSON_TYPE = 'application/json';

/** The bytes of a body, however the function URL wrapped them. */
export function rawBody(body: string | undefined, isBase64: boolean): Buffer {
  return Buffer.from(body ?? '', isBase64 ? 'base64' : 'utf8');
}

/**
 * Checks size, type and hash of a body and parses it.
 * @returns parsed JSON, the bytes where the route takes another type, or undefined if there is none
 * @throws HttpError 400, 413 or 415
 */
export function readBody(
  bytes: Buffer,
  headers: Readonly<Record<string, string | undefined>>,
  declaration: RouteDeclaration,
): unknown {
  if (declaration.maxBody === undefined && bytes.length > 0) {
    throw refusal('unexpected_body');
  }
  if (declaration.maxBody !== undefined && bytes.length > declaration.maxBody) {
    throw refusal('body_too_large', `a body may have ${declaration.maxBody} bytes here, got ${bytes.length}`);
  }
  const expected = declaration.contentType ?? JSON_TYPE;
  if (bytes.length > 0) checkType(headers['content-type'], expected);
  checkHash(bytes, headers[BODY_HASH_HEADER]);
  if (bytes.length === 0) return undefined;
  return isJson(expected) ? parseJson(bytes) : new Uint8Array(bytes);
}

function checkType(got: string | undefined, expected: string): void {
  const type = (got ?? '').split(';')[0]!.trim().toLowerCase();
  if (type !== expected.toLowerCase()) {
    throw refusal(
      'wrong_content_type',
      `the body must be ${expected}, got ${type ? type.slice(0, 80) : 'no content type'}`,
    );
  }
}

function checkHash(bytes: Buffer, stated: string | undefined): void {
  if (stated === undefined || !SHA256_HEX.test(stated)) {
    throw refusal('body_hash_missing');
  }
  if (!timingSafeEqual(createHash('sha256').update(bytes).digest(), Buffer.from(stated, 'hex'))) {
    throw refusal('body_hash_wrong');
  }
}

function isJson(type: string): boolean {
  return type === JSON_TYPE || type.endsWith('+json');
}

function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refusal('malformed_json', 'the body is not valid UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('malformed_json', 'the body is not valid JSON');
  }
}
