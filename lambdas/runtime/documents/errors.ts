/** The function has no grant for a document store of this name. */
export class DocumentStoreNotGranted extends Error {
  override readonly name = 'DocumentStoreNotGranted';

  constructor(
    readonly store: string,
    granted: readonly string[],
  ) {
    super(
      `documents('${store}') must be granted to the function, granted are ${granted.join(', ') || 'none'}; ` +
        'use DocumentStore.grantRead, grantWrite or grantDelete',
    );
  }
}

/**
 * A key that S3 can't store: it is empty, longer than 1,024 bytes of UTF-8, or not well-formed
 * Unicode. No request was sent.
 */
export class InvalidDocumentKey extends Error {
  override readonly name = 'InvalidDocumentKey';

  constructor(
    readonly store: string,
    problem: string,
  ) {
    super(`key of a document in '${store}' must be 1 to 1024 bytes of UTF-8, got ${problem}`);
  }
}

/**
 * S3 rejected a call. `code` is S3's error code. If the function may not list the bucket
 * (`grantReadAndList`), `AccessDenied` is also the code for a missing document.
 */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';

  constructor(
    readonly store: string,
    readonly operation: 'get' | 'put' | 'delete',
    /** S3's error code, or the error's name if S3 didn't answer. */
    readonly code: string,
    /** HTTP status of S3's answer; undefined without an answer. */
    readonly status: number | undefined,
    cause: unknown,
  ) {
    super(`${operation} of a document in '${store}' failed: ${code}`, { cause });
  }
}
