import type { MemoryBucket } from '../aws/answer-s3';

/** A document store in memory. */
export class TestDocuments {
  /** @internal */
  constructor(private readonly bucket: MemoryBucket) {}

  /** Keys of all documents, sorted. */
  keys(): string[] {
    return [...this.bucket.keys()].sort();
  }

  /** The bytes of a document, or undefined if there is no such document. */
  get(key: string): Uint8Array | undefined {
    const found = this.bucket.get(key);
    return found && new Uint8Array(found.body);
  }

  /** The text of a document, or undefined if there is no such document. */
  text(key: string): string | undefined {
    return this.bucket.get(key)?.body.toString('utf8');
  }

  /** Deletes all documents and all faults. */
  clear(): void {
    this.bucket.clear();
    this.bucket.faults.clear();
  }

  /**
   * Makes the next calls fail. The AWS SDK attempts a call 3 times if the code is `InternalError`
   * or `SlowDown`.
   * @param code code of the error: `AccessDenied`, `SlowDown`
   * @param times number of calls. Default: 1
   */
  fail(operation: 'get' | 'put' | 'delete', code: string, times = 1): void {
    const method = operation.toUpperCase();
    this.bucket.faults.set(method, [...(this.bucket.faults.get(method) ?? []), ...Array<string>(times).fill(code)]);
  }

  /** Stores a document. The default of `contentType` is application/octet-stream. */
  put(key: string, body: string | Uint8Array, contentType = 'application/octet-stream'): void {
    this.bucket.set(key, { body: Buffer.from(body), contentType });
  }
}
