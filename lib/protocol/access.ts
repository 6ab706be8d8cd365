/** A kind of caller in a route's declaration: `anyone`, `person`, or `service:<name>`. */
export type AccessDeclaration = 'anyone' | 'person' | `service:${string}`;

/** Issuer of the tokens that a micro-module accepts: the value of its `BREAKWATER_IDENTITY`. */
export interface IdentityDeclaration {
  /** The issuer's name, exactly as in the claim `iss` of its tokens. */
  readonly issuer: string;
  /**
   * `cognito`: access tokens of a user pool (`token_use`, no audience); `oidc`: JWTs with an
   * audience.
   */
  readonly kind: 'cognito' | 'oidc';
  /** Audience that tokens of an external issuer must have. */
  readonly audience?: string;
  /** A service named `point-of-sale` has the scope `<servicePrefix>point-of-sale`. */
  readonly servicePrefix: string;
  /**
   * Claim that only tokens of people have, at an external issuer. This claim and `personScope`
   * replace the default claims of a person.
   */
  readonly personClaim?: string;
  /** Scope that only tokens of people have, at an external issuer. */
  readonly personScope?: string;
  /** Address of the issuer's public keys. Absent: `jwks_uri` of its discovery document. */
  readonly jwksUri?: string;
}
