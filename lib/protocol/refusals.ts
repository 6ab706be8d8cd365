/** A layer that refuses requests. */
export type RefusalLayer = 'web ACL' | 'viewer function' | 'module';

/** The answer to a refused request. */
export interface Refusal {
  readonly status: number;
  /** Message for people. The module may add details to it. */
  readonly message: string;
  /** Layers that refuse requests for this reason, in the order in which a request passes them. */
  readonly layers: readonly RefusalLayer[];
  /**
   * Value of the header `retry-after` in seconds. It is set if the same request may succeed later.
   */
  readonly retryAfterSeconds?: number;
}

/**
 * All refusals of the library, by `code`. A reason has the same code in all layers.
 * `docs/refusals.md` contains the same table.
 */
export const REFUSALS = {
  not_found: {
    status: 404,
    message: 'no declared route accepts this request',
    layers: ['web ACL', 'viewer function', 'module'],
  },
  method_not_allowed: {
    status: 405,
    message: 'this path does not accept this method',
    layers: ['viewer function', 'module'],
  },
  too_many_requests: {
    status: 429,
    message: 'too many requests from this address; wait a few minutes',
    layers: ['web ACL'],
    retryAfterSeconds: 60,
  },
  token_missing: {
    status: 401,
    message: 'this route needs a bearer token: sign in first',
    layers: ['viewer function', 'module'],
  },
  token_malformed: {
    status: 401,
    message: 'authorization must be one bearer token: a signed JSON web token',
    layers: ['viewer function', 'module'],
  },
  token_expired: { status: 401, message: 'the token has expired', layers: ['viewer function', 'module'] },
  token_foreign: {
    status: 401,
    message: 'the token is from another issuer, or for another audience',
    layers: ['viewer function', 'module'],
  },
  token_invalid: {
    status: 401,
    message: 'the token is forged, has no expiry, or is not an access token',
    layers: ['viewer function', 'module'],
  },
  access_denied: { status: 403, message: 'this route is not for this caller', layers: ['module'] },
  unknown_query: { status: 400, message: 'the route does not accept this query parameter', layers: ['module'] },
  repeated_query: { status: 400, message: 'a query parameter may occur only once', layers: ['module'] },
  invalid_query: { status: 400, message: 'a query parameter does not have the declared form', layers: ['module'] },
  unexpected_body: { status: 400, message: 'this route accepts no body', layers: ['module'] },
  body_too_large: {
    status: 413,
    message: 'the body is larger than this route accepts',
    layers: ['web ACL', 'viewer function', 'module'],
  },
  wrong_content_type: {
    status: 415,
    message: 'this route requires another content-type',
    layers: ['web ACL', 'module'],
  },
  body_hash_missing: {
    status: 400,
    message: 'x-amz-content-sha256 must be the SHA-256 of the body, 64 hexadecimal digits in lower case',
    layers: ['viewer function', 'module'],
  },
  body_hash_wrong: {
    status: 400,
    message: 'x-amz-content-sha256 is not the SHA-256 of the body that arrived',
    layers: ['module'],
  },
  malformed_json: { status: 400, message: 'the body is not JSON in UTF-8', layers: ['module'] },
  invalid_body: { status: 422, message: 'the body is invalid: see issues', layers: ['module'] },
  invalid_cursor: { status: 400, message: 'this cursor belongs to another list', layers: ['module'] },
  stale_cursor: { status: 409, message: 'the list has changed: start again without a cursor', layers: ['module'] },
  outcome_unknown: {
    status: 500,
    message: 'the change may have been made: look before you try again',
    layers: ['module'],
  },
  overloaded: {
    status: 503,
    message: 'too many requests at the moment: try again',
    layers: ['module'],
    retryAfterSeconds: 1,
  },
  identity_unavailable: {
    status: 503,
    message: "the issuer's keys can't be fetched at the moment",
    layers: ['module'],
    retryAfterSeconds: 10,
  },
  internal: { status: 500, message: 'something went wrong on our side', layers: ['module'] },
} as const satisfies Readonly<Record<string, Refusal>>;

/** Code of a refusal. */
export type RefusalCode = keyof typeof REFUSALS;

/** The JSON body of the answer to a refused request. */
export function refusalBody(code: RefusalCode, message: string = REFUSALS[code].message): string {
  return JSON.stringify({ error: { code, message } });
}
