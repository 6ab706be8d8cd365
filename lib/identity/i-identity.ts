import type { SignInClient, SignInOptions } from './sign-in';

/**
 * Whose tokens a micro-module accepts: made by `Identity`, or by you for an issuer of your own.
 * The edge and the functions know the issuer and never a client.
 */
export interface IIdentity {
  /** Issuer exactly as in its tokens (`iss`). */
  readonly issuer: string;

  /**
   * `cognito` (access tokens of a user pool, `token_use`, no audience) or `oidc` (JSON web tokens
   * with an audience).
   */
  readonly kind: string;

  /**
   * Audience that tokens must name.
   * @default - none, for a user pool
   */
  readonly audience?: string;

  /** What stands before a service's name in its scope: `breakwater/`. */
  readonly servicePrefix: string;

  /**
   * Claim that the issuer writes into people's tokens only.
   * @default - a claim that most issuers write about people
   */
  readonly personClaim?: string;

  /**
   * Scope that the issuer gives to people only.
   * @default - none is asked for
   */
  readonly personScope?: string;

  /**
   * Address of the issuer's keys.
   * @default - `jwks_uri` of its discovery document
   */
  readonly jwksUri?: string;

  /**
   * Address of the sign-in pages, below which `/oauth2/authorize` and `/oauth2/token` answer.
   * @default - none: no site can sign people in
   */
  readonly signInUrl?: string;

  /**
   * Lets a page sign people in.
   * @param id names the client; unique for this identity
   * @throws BreakwaterError if the issuer isn't ours and its client isn't known
   */
  addSignIn(id: string, options: SignInOptions): SignInClient;

  /**
   * Makes sure that a service of this name can get a token. Called for every service that a route
   * names; a second call changes nothing.
   */
  addService(name: string): void;
}
