/**
 * Header in which the edge passes the caller's bearer token to the module. It can't be
 * `Authorization`, because origin access control overwrites that header.
 */
export const TOKEN_HEADER = 'x-breakwater-token';

/**
 * Header with the SHA-256 of the request body, in hexadecimal. The caller must send it, because
 * CloudFront's signature includes it.
 */
export const BODY_HASH_HEADER = 'x-amz-content-sha256';

/** Methods with a body. Their requests must have the body's hash. */
export const METHODS_WITH_BODY: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];
