/** A kind of caller as routes are packed: `anyone`, `person`, or `service:<name>`. */
export type AccessDeclaration = 'anyone' | 'person' | `service:${string}`;

/** Issuer of the tokens that a micro-module accepts: the value of its `BREAKWATER_IDENTITY`. */
export interface IdentityDeclaration {
  /** Issuer, exactly as in the token's `iss`. */
  readonly issuer: string;
  /**
   * `cognito`: access tokens of a user pool (`token_use`, no audience); `oidc`: JWTs with an
   * audience.
   */
  readonly kind: 'cognito' | 'oidc';
  /** Audience that a foreign issuer's tokens must name. */
  readonly audience?: string;
  /** A service named `point-of-sale` has the scope `<servicePrefix>point-of-sale`. */
  readonly servicePrefix: string;
  /**
   * Claim that a foreign issuer writes for people only. With `personScope` it replaces the default
   * claims of a person.
   */
  readonly personClaim?: string;
  /** Scope that a foreign issuer gives to people only. */
  readonly personScope?: string;
  /** Address of the issuer's keys. Absent: the well-known one. */
  readonly jwksUri?: string;
}
