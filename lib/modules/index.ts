export { Access } from './access';
export { Cache } from './cache';
export type { IIdentity, SignInClient, SignInOptions } from './i-identity';
export { Identity } from './identity';
export { MicroModule, type MicroModuleProps } from './micro-module';
export { OidcIdentity, type OidcIdentityProps } from './oidc-identity';
export { Route, type RouteOptions } from './route';
export { UserPoolIdentity, type UserPoolIdentityProps } from './user-pool-identity';
