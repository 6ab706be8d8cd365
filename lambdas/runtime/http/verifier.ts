import { type IdentityDeclaration, REFUSALS, type RefusalCode } from '../../../lib/protocol';
import { lazily } from '../lazily';
import type { Claims } from './types';

/** Why a token is refused: some of the codes of refusals. */
export type TokenErrorCode = Extract<
  RefusalCode,
  'token_malformed' | 'token_expired' | 'token_foreign' | 'token_invalid' | 'identity_unavailable'
>;

/** A token that doesn't identify its bearer. Neither message nor cause holds the token. */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  constructor(
    readonly code: TokenErrorCode,
    message: string = REFUSALS[code].message,
  ) {
    super(message);
  }
}

/** Verifies signature, issuer, time and use of a token. */
export interface TokenVerifier {
  /**
   * @returns the claims
   * @throws TokenError if the token is expired, forged or somebody else's
   */
  verify(token: string): Promise<Claims>;
  /** Loads what the first verification needs. */
  preload?(): Promise<unknown>;
}

/** The part of `aws-jwt-verify` that is used. */
interface JwtVerification {
  verify(token: string): Promise<object>;
}

/**
 * Verifies against the issuer's published keys, which are fetched once and kept while the process
 * lives.
 * The issuer is the declared one, word for word. `CognitoJwtVerifier` would derive it from the
 * pool's id with `amazonaws.com`, which
 * is wrong in other partitions, so the claims that Cognito adds to a plain JWT are checked here.
 */
export function issuerVerifier(identity: IdentityDeclaration): TokenVerifier {
  const load = lazily(() => createVerification(identity));
  return {
    preload: load,
    async verify(token) {
      let payload: Claims;
      try {
        payload = (await (await load()).verify(token)) as Claims;
      } catch (error) {
        throw await toTokenError(error);
      }
      // An id token is for the application that a person signed in to. Only an access token is for
      // an API.
      if (identity.kind === 'cognito' && payload['token_use'] !== 'access') {
        throw new TokenError('token_invalid', 'an access token is needed');
      }
      return payload;
    },
  };
}

async function createVerification(identity: IdentityDeclaration): Promise<JwtVerification> {
  const { issuer, kind, audience, jwksUri } = identity;
  if (kind === 'oidc' && !audience) {
    throw new Error(`an issuer of kind 'oidc' needs an audience, got none for ${issuer}`);
  }
  const { JwtVerifier } = await import('aws-jwt-verify/jwt-verifier');
  return JwtVerifier.create({
    issuer,
    // Access tokens of a user pool have no audience. Every client of the pool is the stack's own.
    audience: kind === 'cognito' || audience === undefined ? null : audience,
    ...(jwksUri === undefined ? {} : { jwksUri }),
    customJwtCheck: ({ header, payload }) => checkForm(header, payload),
  });
}

/**
 * Checks what `aws-jwt-verify` doesn't. A token without `exp` would be valid for ever. `crit` names
 * extensions that a verifier must understand (RFC 7515, 4.1.11), and this one understands none.
 */
function checkForm(header: object, payload: { readonly exp?: number }): void {
  if (payload.exp === undefined) throw new TokenError('token_invalid', 'the token must have an expiry (exp)');
  if ('crit' in header) throw new TokenError('token_invalid', 'the token has critical extensions (crit)');
}

/** By class, not by name: bundlers rename classes, and the library leaves `name` at "Error". */
async function toTokenError(error: unknown): Promise<unknown> {
  const errors = await import('aws-jwt-verify/error');
  if (!(error instanceof errors.JwtBaseError)) return error;
  if (error instanceof errors.JwtExpiredError) return new TokenError('token_expired');
  if (error instanceof errors.JwtInvalidIssuerError || error instanceof errors.JwtInvalidAudienceError) {
    return new TokenError('token_foreign');
  }
  if (error instanceof errors.FetchError) return new TokenError('identity_unavailable');
  // Also of a key that wasn't found within the last 10 seconds: the keys are fetched at most so
  // often, because forged tokens
  // could flood the issuer. A key that the issuer has just added is found after these 10 seconds.
  return new TokenError(error instanceof errors.JwtParseError ? 'token_malformed' : 'token_invalid');
}
