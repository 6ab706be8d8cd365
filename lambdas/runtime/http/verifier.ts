import { type IdentityDeclaration, REFUSALS, type RefusalCode } from '../../../lib/protocol';
import { lazily } from '../lazily';
import type { Claims } from './types';

/** Why a token is refused: codes of the table of refusals. */
export type TokenErrorCode = Extract<
  RefusalCode,
  'token_malformed' | 'token_expired' | 'token_foreign' | 'token_invalid' | 'identity_unavailable'
>;

/** A token that says nothing about its bearer. Neither message nor cause holds the token. */
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
 * Verifies against the issuer's published keys, which are fetched once and kept while the process lives.
 * For both kinds the issuer is the declared one, word for word: `CognitoJwtVerifier` would make it of the pool's id with
 * `amazonaws.com`, which isn't every partition's. What Cognito adds to a plain JWT is checked here.
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
      // An id token tells an application about a person; only an access token may open a door.
      if (identity.kind === 'cognito' && payload['token_use'] !== 'access') {
        throw new TokenError('token_invalid', 'an access token is needed');
      }
      return payload;
    },
  };
}

async function createVerification(identity: IdentityDeclaration): Promise<JwtVerification> {
  if (identity.kind === 'oidc' && !identity.audience) {
    throw new Error(`an issuer of kind 'oidc' needs an audience, got none for ${identity.issuer}`);
  }
  const { JwtVerifier } = await import('aws-jwt-verify/jwt-verifier');
  return JwtVerifier.create({
    issuer: identity.issuer,
    // Access tokens of a user pool have no audience; every client of the pool is the stack's own.
    audience: identity.kind === 'cognito' ? null : identity.audience!,
    ...(identity.jwksUri === undefined ? {} : { jwksUri: identity.jwksUri }),
  });
}

/** By class, not by name: bundlers rename classes, and the library leaves `name` at "Error". */
async function toTokenError(error: unknown): Promise<unknown> {
  const errors = await import('aws-jwt-verify/error');
  if (!(error instanceof errors.JwtBaseError)) return error;
  if (error instanceof errors.JwtExpiredError) return new TokenError('token_expired');
  if (error instanceof errors.JwtInvalidIssuerError || error instanceof errors.JwtInvalidAudienceError) {
    return new TokenError('token_foreign');
  }
  // The second: keys aren't fetched again for a while after one wasn't found, so that forged tokens make nobody flood the issuer.
  // Whether this token's key is a new one can't be said until then.
  if (error instanceof errors.FetchError || error instanceof errors.WaitPeriodNotYetEndedJwkError) {
    return new TokenError('identity_unavailable');
  }
  return new TokenError(error instanceof errors.JwtParseError ? 'token_malformed' : 'token_invalid');
}
