import { type IdentityDeclaration, REFUSALS, type RefusalCode } from '../../../lib/protocol';
import { lazily } from '../lazily';
import type { Claims } from './types';

/** Code of a refused token, one of `REFUSALS`. */
export type TokenErrorCode = Extract<
  RefusalCode,
  'token_malformed' | 'token_expired' | 'token_foreign' | 'token_invalid' | 'identity_unavailable'
>;

/** An invalid token. Neither message nor cause contains the token. */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  constructor(
    readonly code: TokenErrorCode,
    message: string = REFUSALS[code].message,
    options: ErrorOptions = {},
  ) {
    super(message, options);
  }
}

/** States for the log which address of the issuer gave no answer or a wrong one, and why. */
class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

function unavailable(why: string): TokenError {
  return new TokenError('identity_unavailable', undefined, { cause: new IssuerUnavailable(why) });
}

/** Verifies signature, issuer, validity time and use of a token. */
export interface TokenVerifier {
  /**
   * @returns the claims
   * @throws TokenError if the token is expired, forged, or of another issuer or audience
   */
  verify(token: string): Promise<Claims>;
  /** Loads the modules and keys for the first verification. */
  preload?(): Promise<unknown>;
}

/** The used part of `aws-jwt-verify`. */
interface JwtVerification {
  verify(token: string): Promise<object>;
}

/**
 * Verifies tokens with the issuer's published keys. The keys are fetched once and kept while the
 * process lives. The claim `iss` must equal the declared issuer. `CognitoJwtVerifier` isn't used,
 * because it derives the issuer from the pool's ID with `amazonaws.com`, which is wrong in other
 * partitions. So this function also checks the claims that only Cognito has.
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
      // An ID token is meant for the application to which a person signed in, an access token for
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
  const keys = jwksUri ?? (kind === 'oidc' ? await discoverKeys(issuer) : undefined);
  return JwtVerifier.create({
    issuer,
    // For a user pool, no audience is checked, because its access tokens have none. All clients of
    // the pool belong to the stack.
    audience: kind === 'cognito' || audience === undefined ? null : audience,
    // Without `jwksUri`, the keys are at the issuer's `/.well-known/jwks.json`, as for user pools.
    ...(keys === undefined ? {} : { jwksUri: keys }),
    customJwtCheck: ({ header, payload }) => checkForm(header, payload),
  });
}

/**
 * Address of an issuer's keys: `jwks_uri` of its discovery document (OpenID Connect Discovery 1.0,
 * section 4). Keycloak, for example, doesn't publish its keys at `/.well-known/jwks.json`.
 * @throws TokenError if the document can't be fetched or belongs to another issuer
 */
async function discoverKeys(issuer: string): Promise<string> {
  const { SimpleFetcher } = await import('aws-jwt-verify/https');
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await new SimpleFetcher().fetch(address);
  const document = parsed(answer);
  if (document === undefined) throw unavailable(`${address} must be a JSON object`);
  const { jwks_uri: keys } = document;
  if (document.issuer !== issuer) {
    throw unavailable(`${address} must have the issuer '${issuer}', got '${document.issuer}'`);
  }
  if (typeof keys !== 'string' || !keys.startsWith('https://')) {
    throw unavailable(`${address} must have an https address as jwks_uri, got '${keys}'`);
  }
  return keys;
}

function parsed(answer: ArrayBuffer): { readonly issuer?: unknown; readonly jwks_uri?: unknown } | undefined {
  try {
    return Object(JSON.parse(Buffer.from(answer).toString('utf8'))) as object;
  } catch {
    return undefined;
  }
}

/**
 * Checks two things that `aws-jwt-verify` doesn't check. A token without `exp` would never expire.
 * `crit` lists extensions that a verifier must understand (RFC 7515, 4.1.11), and this verifier
 * supports none.
 */
function checkForm(header: object, payload: { readonly exp?: number }): void {
  if (payload.exp === undefined) throw new TokenError('token_invalid', 'the token must have an expiry (exp)');
  if ('crit' in header) throw new TokenError('token_invalid', 'the token has critical extensions (crit)');
}

/**
 * Converts an error of `aws-jwt-verify`. It compares classes instead of names, because bundlers
 * rename classes, and the library doesn't set `name`.
 */
async function toTokenError(error: unknown): Promise<unknown> {
  const errors = await import('aws-jwt-verify/error');
  if (!(error instanceof errors.JwtBaseError)) return error;
  if (error instanceof errors.JwtExpiredError) return new TokenError('token_expired');
  if (error instanceof errors.JwtInvalidIssuerError || error instanceof errors.JwtInvalidAudienceError) {
    return new TokenError('token_foreign');
  }
  if (error instanceof errors.FetchError) return unavailable(error.message);
  // `token_invalid` may also mean that the issuer has just added the key. Keys are fetched at most
  // every 10 seconds, because forged tokens could otherwise cause many requests to the issuer. So a
  // new key is found after at most 10 seconds.
  return new TokenError(error instanceof errors.JwtParseError ? 'token_malformed' : 'token_invalid');
}
