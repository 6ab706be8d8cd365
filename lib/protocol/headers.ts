/**
 * Carries the caller's bearer token from the edge to the module, because origin access control
 * overwrites `Authorization`.
 */
export const TOKEN_HEADER = 'x-breakwater-token';

/**
 * SHA-256 of the request body in hexadecimal. The caller states it, because CloudFront signs it.
 */
export const BODY_HASH_HEADER = 'x-amz-content-sha256';

/** Methods whose requests must carry a body's hash, because they may have a body. */
export const METHODS_WITH_BODY: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];
