/**
 * Returns a module's source as a data URL. A data URL has no path, so the bundle doesn't depend on
 * this library's location.
 */
function inline(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/**
 * Node's module `http`, loaded without `import`. An `import` reads every export of the module, and
 * reading one of these exports loads undici (Node's HTTP client).
 */
const HTTP = inline('module.exports=process.getBuiltinModule("node:http")');

/**
 * Replaces the SDK's chain of credential providers with a provider that reads only the environment.
 * Lambda sets the credentials of a function's role there, and the SDK's chain also reads the
 * environment first. The other providers (profiles, single sign-on, web identities, instance
 * metadata) only make a cold start longer.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
const CREDENTIALS = inline(`export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_ACCOUNT_ID } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    const message = 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set, as Lambda sets them: with the option lightSdk of HandlerBundle there are no other credentials';
    throw Object.assign(new Error(message), { name: 'CredentialsProviderError' });
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    ...(AWS_ACCOUNT_ID && { accountId: AWS_ACCOUNT_ID }),
  };
};
export const credentialsWillNeedRefresh = () => false;
export const credentialsTreatedAsExpired = () => false;`);

/** Modules that `lightSdk` replaces, as aliases of esbuild. https://esbuild.github.io/api/#alias */
export const LIGHT_PARTS: Readonly<Record<string, string>> = {
  http: HTTP,
  'node:http': HTTP,
  '@aws-sdk/credential-provider-node': CREDENTIALS,
};
