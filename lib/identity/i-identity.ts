import type { SignInClient, SignInOptions } from './sign-in';

/**
 * An issuer of tokens that micro-modules accept. `Identity` makes an `IIdentity`. For its own
 * issuer, an app can implement this interface. The edge and the functions know the issuer, but no
 * client of it.
 */
export interface IIdentity {
  /** The issuer's name, exactly as in the claim `iss` of its tokens. */
  readonly issuer: string;

  /**
   * `cognito` for a user pool, whose access tokens have the claim `token_use` and no audience.
   * `oidc` for an issuer of JSON web tokens with an audience.
   */
  readonly kind: string;

  /**
   * Audience that tokens must have.
   * @default - none, for a user pool
   */
  readonly audience?: string;

  /** Prefix of a service's scope, such as `breakwater/`. */
  readonly servicePrefix: string;

  /**
   * Claim that only tokens of people have.
   * @default - one of the claims that `OidcIdentityProps.personClaim` lists
   */
  readonly personClaim?: string;

  /**
   * Scope that only tokens of people have.
   * @default - none is required
   */
  readonly personScope?: string;

  /**
   * Address of the issuer's public keys.
   * @default - `jwks_uri` of its discovery document
   */
  readonly jwksUri?: string;

  /**
   * Base address of the sign-in pages. `/oauth2/authorize` and `/oauth2/token` are below it.
   * @default - none: a site can't sign people in
   */
  readonly signInUrl?: string;

  /**
   * Adds a client at the issuer for a page that signs people in.
   * @param id name of the client, unique for this identity
   * @throws BreakwaterError if the issuer is external and the identity doesn't know its client
   */
  addSignIn(id: string, options: SignInOptions): SignInClient;

  /**
   * Ensures that a service can get a token. The library calls it for every service that a route
   * names. A repeated call has no effect.
   */
  addService(name: string): void;
}
