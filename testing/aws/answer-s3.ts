import type { ServiceAnswer, ServiceRequest } from './memory-server';

/** A stored object. */
export interface StoredObject {
  readonly body: Buffer;
  readonly contentType: string;
}

/** Objects of a bucket by key, and its faults. */
export class MemoryBucket extends Map<string, StoredObject> {
  /** Error codes with which the next calls fail, by HTTP method. */
  readonly faults = new Map<string, string[]>();
}

const ACTIONS: Readonly<Record<string, string>> = {
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  PUT: 's3:PutObject',
  DELETE: 's3:DeleteObject',
};

const STATUS_OF: Readonly<Record<string, number>> = { AccessDenied: 403, InternalError: 500, SlowDown: 503 };

/**
 * Answers the calls to S3 that handlers make for single objects.
 * @param check returns the reason why the caller may not make the call, or undefined if it may
 */
export function answerS3(
  buckets: ReadonlyMap<string, MemoryBucket>,
  { method, path, headers, body }: ServiceRequest,
  check: (action: string, arn: string) => string | undefined,
): ServiceAnswer {
  const [, name = '', rawKey = ''] = /^\/([^/?]+)\/?([^?]*)/.exec(path) ?? [];
  const bucket = buckets.get(name);
  if (bucket === undefined) return fault(404, 'NoSuchBucket', 'The specified bucket does not exist');
  const key = decodeURIComponent(rawKey);
  const action = ACTIONS[method];
  if (action === undefined || key === '' || String(headers['content-encoding']).includes('aws-chunked')) {
    return fault(
      501,
      'NotImplemented',
      `the buckets in memory do not support ${method} ${path.replace(rawKey, 'KEY')}`,
    );
  }
  const refusal = check(action, `arn:aws:s3:::${name}/${key}`);
  if (refusal !== undefined) return fault(403, 'AccessDenied', refusal);
  const code = bucket.faults.get(method)?.shift();
  if (code !== undefined) return fault(STATUS_OF[code] ?? 400, code, 'as the test asked');
  if (method === 'PUT') {
    bucket.set(key, { body, contentType: String(headers['content-type'] ?? 'application/octet-stream') });
    return { status: 200, headers: { etag: '"test"' } };
  }
  if (method === 'DELETE') {
    bucket.delete(key);
    return { status: 204 };
  }
  const found = bucket.get(key);
  if (found !== undefined) return { status: 200, headers: { 'content-type': found.contentType }, body: found.body };
  // S3 reveals that an object doesn't exist only to callers that may list the bucket.
  return check('s3:ListBucket', `arn:aws:s3:::${name}`) === undefined
    ? fault(404, 'NoSuchKey', 'The specified key does not exist.')
    : fault(403, 'AccessDenied', 'Access Denied');
}

function fault(status: number, code: string, message: string): ServiceAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}
