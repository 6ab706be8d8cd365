/** Credentials as the SDK's clients take them. */
interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
  readonly credentialScope?: string;
  readonly accountId?: string;
}

/** The SDK counts credentials as expired that long before they are. */
const EXPIRES_EARLY_MS = 300_000;

/**
 * The SDK's default chain of credentials, as handlers get it: Lambda gives a function those of its role by the environment, where the chain
 * finds them first. The rest of it (profiles, single sign-on, web identities, instance metadata) is a third of a package and of the
 * files that a cold start reads.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function defaultProvider(): () => Promise<Credentials> {
  return async () => {
    const {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_CREDENTIAL_EXPIRATION: expiration,
      AWS_CREDENTIAL_SCOPE: credentialScope,
      AWS_ACCOUNT_ID: accountId,
    } = process.env;
    if (!accessKeyId || !secretAccessKey) {
      const message =
        'there must be credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, where Lambda puts those of a role: for others give `credentials` to the client';
      throw Object.assign(new Error(message), { name: 'CredentialsProviderError' });
    }
    return {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken && { sessionToken }),
      ...(expiration && { expiration: new Date(expiration) }),
      ...(credentialScope && { credentialScope }),
      ...(accountId && { accountId }),
    };
  };
}

export function credentialsWillNeedRefresh(credentials?: Credentials): boolean {
  return credentials?.expiration !== undefined;
}

export function credentialsTreatedAsExpired(credentials?: Credentials): boolean {
  return credentials?.expiration !== undefined && credentials.expiration.getTime() - Date.now() < EXPIRES_EARLY_MS;
}
