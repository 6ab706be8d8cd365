/** A kind of caller in a route's declaration: `anyone`, `person`, or `service:<name>`. */
export type AccessDeclaration = 'anyone' | 'person' | `service:${string}`;

/** Issuer of the tokens that a micro-module accepts: the value of its `BREAKWATER_IDENTITY`. */
export interface IdentityDeclaration {
  /** The issuer's name, exactly as in the claim `iss` of its tokens. */
  readonly issuer: string;
  /**
   * `cognito` for a user pool, whose access tokens have the claim `token_use` and no audience.
   * `oidc` for an issuer of JSON web tokens with an audience.
   */
  readonly kind: 'cognito' | 'oidc';
  /** Audience that tokens of an external issuer must have. */
  readonly audience?: string;
  /** A service named `point-of-sale` has the scope `<servicePrefix>point-of-sale`. */
  readonly servicePrefix: string;
  /**
   * Claim that only tokens of people have, at an external issuer. If this claim or `personScope` is
   * set, it replaces the default claims of a person.
   */
  readonly personClaim?: string;
  /** Scope that only tokens of people have, at an external issuer. */
  readonly personScope?: string;
  /**
   * Address of the issuer's public keys. If absent, the address is `jwks_uri` of the issuer's
   * discovery document.
   */
  readonly jwksUri?: string;
}
