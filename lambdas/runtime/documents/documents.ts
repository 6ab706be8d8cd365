import type { S3Client } from '@aws-sdk/client-s3';
import { Environment } from '../../../lib/protocol';
import { lazily } from '../lazily';
import { isWellFormed } from '../well-formed';
import { DocumentError, DocumentStoreNotGranted, InvalidDocumentKey } from './errors';

/** Amazon S3 User Guide, "Naming Amazon S3 objects". */
const MAX_KEY_BYTES = 1024;

/** A call fails after this time without progress. The SDK makes up to 3 attempts. */
const CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};

/** Options of every operation. */
export interface DocumentOptions {
  /** Signal that ends the call, such as a message's `signal`. @default none */
  readonly signal?: AbortSignal;
}

/** Options of a write. */
export interface PutDocumentOptions extends DocumentOptions {
  /** Media type: `application/pdf`. @default application/octet-stream */
  readonly contentType?: string;
}

/** A client of a document store. */
export interface Documents {
  /**
   * Reads a document. Needs `grantRead`.
   * @returns the document's bytes; undefined if it doesn't exist and the function may list the
   * bucket (`grantReadAndList`)
   * @throws DocumentError if S3 rejects the call. If the function may not list the bucket,
   * `AccessDenied` may mean that the document doesn't exist.
   */
  get(key: string, options?: DocumentOptions): Promise<Uint8Array | undefined>;
  /**
   * Stores a document, or overwrites it. Text is stored as UTF-8. Needs `grantWrite`.
   * @throws DocumentError
   */
  put(key: string, body: Uint8Array | string, options?: PutDocumentOptions): Promise<void>;
  /**
   * Deletes a document. A missing document isn't an error. Needs `grantDelete`. @throws
   * DocumentError
   */
  delete(key: string, options?: DocumentOptions): Promise<void>;
}

/** Dependencies of `documents()`. Tests replace them. */
export interface DocumentsDependencies {
  /**
   * @default a client for the function's Region, created by the first call and shared by all stores
   */
  readonly client: S3Client;
  /** @default process.env */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

type Sdk = typeof import('./sdk');

// The call is marked as pure, so that a bundle that doesn't use documents contains no S3 client.
const sharedClient = /* @__PURE__ */ lazily(async () => new (await import('./sdk')).S3Client(CLIENT));

/**
 * Opens a document store. The first call loads the SDK, because most invocations need no document.
 *
 * @param name the store's name: by default the id of its construct
 *
 * @example
 * const invoices = documents('InvoiceDocuments');
 * await invoices.put(`invoices/${orderId}.pdf`, bytes, { contentType: 'application/pdf' });
 */
export function documents(name: string, dependencies: Partial<DocumentsDependencies> = {}): Documents {
  const load = async () => ({ sdk: await import('./sdk'), s3: dependencies.client ?? (await sharedClient()) });
  const environment = dependencies.environment ?? process.env;

  async function call<R>(
    operation: DocumentError['operation'],
    key: string,
    send: (sdk: Sdk, s3: S3Client, address: { readonly Bucket: string; readonly Key: string }) => Promise<R>,
  ): Promise<R> {
    const address = { Bucket: bucketOf(name, environment), Key: checkedKey(name, key) };
    const { sdk, s3 } = await load();
    try {
      return await send(sdk, s3, address);
    } catch (error) {
      throw toDocumentError(name, operation, error);
    }
  }

  return {
    get: (key, { signal } = {}) =>
      call('get', key, async (sdk, s3, address) => {
        try {
          const { Body } = await s3.send(new sdk.GetObjectCommand(address), { abortSignal: signal });
          return await Body?.transformToByteArray();
        } catch (error) {
          if (error instanceof sdk.NoSuchKey) return undefined;
          throw error;
        }
      }),
    put: (key, body, { signal, contentType } = {}) =>
      call('put', key, async (sdk, s3, address) => {
        const command = new sdk.PutObjectCommand({ ...address, Body: body, ContentType: contentType });
        await s3.send(command, { abortSignal: signal });
      }),
    delete: (key, { signal } = {}) =>
      call('delete', key, async (sdk, s3, address) => {
        await s3.send(new sdk.DeleteObjectCommand(address), { abortSignal: signal });
      }),
  };
}

function bucketOf(name: string, environment: DocumentsDependencies['environment']): string {
  const buckets = JSON.parse(environment[Environment.DOCUMENTS] || '{}') as Record<string, string>;
  const bucket = Object.hasOwn(buckets, name) ? buckets[name] : undefined;
  if (!bucket) throw new DocumentStoreNotGranted(name, Object.keys(buckets));
  return bucket;
}

/** Checks a key. The error doesn't contain the key, because a key may contain personal data. */
function checkedKey(name: string, key: string): string {
  if (typeof key !== 'string') throw new InvalidDocumentKey(name, typeof key);
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > MAX_KEY_BYTES) throw new InvalidDocumentKey(name, `${bytes} bytes`);
  if (!isWellFormed(key)) throw new InvalidDocumentKey(name, 'half a character');
  return key;
}

function toDocumentError(name: string, operation: DocumentError['operation'], error: unknown): DocumentError {
  const { name: code = 'Unknown', $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  return new DocumentError(name, operation, code, $metadata?.httpStatusCode, error);
}
