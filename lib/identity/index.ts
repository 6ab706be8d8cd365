export type { IIdentity } from './i-identity';
export { Identity } from './identity';
export { noteIdentity, scopeOfClient } from './note-identity';
export { OidcIdentity, type OidcIdentityProps } from './oidc-identity';
export { requireIdentity } from './require-identity';
export type { SignInClient, SignInOptions } from './sign-in';
export { UserPoolIdentity, type UserPoolIdentityProps } from './user-pool-identity';
