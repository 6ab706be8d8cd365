export * from './local-identity';
export * from './sign-in-server';
