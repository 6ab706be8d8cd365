/** Who may call, on the wire: `anyone`, `person`, or `service:<name>`; a route lists one or more. */
export type AccessDeclaration = 'anyone' | 'person' | `service:${string}`;

/** Whose tokens a micro-module accepts; the value of its `BREAKWATER_IDENTITY`. */
export interface IdentityDeclaration {
  /** Issuer, exactly as in the token's `iss`. */
  readonly issuer: string;
  /** `cognito`: access tokens of a user pool (`token_use`, no audience); `oidc`: JWTs with an audience. */
  readonly kind: 'cognito' | 'oidc';
  /** Audience that a foreign issuer's tokens must name. */
  readonly audience?: string;
  /** A service named `till` has the scope `<servicePrefix>till`. */
  readonly servicePrefix: string;
  /** Claim that a foreign issuer writes for people only; together with `personScope` it replaces what else tells a person. */
  readonly personClaim?: string;
  /** Scope that a foreign issuer gives to people only. */
  readonly personScope?: string;
  /** Address of the issuer's keys, where it isn't the issuer's well-known one. */
  readonly jwksUri?: string;
}
