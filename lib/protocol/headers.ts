/** Carries the caller's bearer token past the edge, since origin access control overwrites `Authorization`. */
export const TOKEN_HEADER = 'x-breakwater-token';

/** SHA-256 of the request body in hexadecimal; CloudFront signs it, so whoever sends a body states it. */
export const BODY_HASH_HEADER = 'x-amz-content-sha256';

/** Methods whose requests may carry a body, and so must carry its hash. */
export const METHODS_WITH_BODY: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];
