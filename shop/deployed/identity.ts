import { randomBytes } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolClientCommand,
  DeleteUserPoolClientCommand,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { LocalError } from '../../local/local-error';
import type { Clients } from './clients';

/** A token is replaced this long before it expires. */
const MARGIN_MS = 60_000;
/** Address of the test person: reserved by RFC 2606, so no mail arrives anywhere. */
const DOMAIN = 'example.com';

/**
 * Access tokens of a service, by client credentials, each kept until shortly before it expires:
 * Cognito bills each one.
 * @param signInUrl address of the pool's sign-in pages, from the site's config.json
 */
export async function serviceTokens(
  { cognito }: Clients,
  poolId: string,
  clientId: string,
  signInUrl: string,
): Promise<() => Promise<string>> {
  const { UserPoolClient: client } = await cognito.send(
    new DescribeUserPoolClientCommand({ UserPoolId: poolId, ClientId: clientId }),
  );
  const secret = Buffer.from(`${clientId}:${client?.ClientSecret ?? ''}`).toString('base64');
  const scope = (client?.AllowedOAuthScopes ?? []).join(' ');
  let kept: { readonly token: Promise<string>; until: number } | undefined;
  const ask = async (): Promise<string> => {
    const response = await fetch(`${signInUrl}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${secret}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    const answer = (await response.json()) as { access_token?: string; expires_in?: number; error?: string };
    if (answer.access_token === undefined)
      throw new LocalError(`the token endpoint answered ${response.status} ${answer.error ?? ''}`);
    if (kept !== undefined) kept.until = Date.now() + (answer.expires_in ?? 300) * 1000 - MARGIN_MS;
    return answer.access_token;
  };
  return async () => {
    // Concurrent callers share one request.
    if (kept === undefined || kept.until < Date.now()) kept = { token: ask(), until: Date.now() + MARGIN_MS };
    return kept.token;
  };
}

/** A person for the checks. It exists only during this run. */
export interface TestPerson {
  readonly token: string;
  /** Deletes the person and the client that they signed in with. */
  remove(): Promise<void>;
}

/**
 * Creates a person and signs them in. The hosted pages are for browsers, so the person signs in
 * with a client of its own, which takes a password from administrators only.
 */
export async function signInTestPerson({ cognito }: Clients, poolId: string): Promise<TestPerson> {
  const id = randomBytes(6).toString('hex');
  const Username = `breakwater-check-${id}@${DOMAIN}`;
  // The prefix has every kind of character, so every password policy accepts it.
  const Password = `Aa1-${randomBytes(12).toString('base64url')}`;
  const pool = { UserPoolId: poolId };
  let clientId: string | undefined;
  const remove = async (): Promise<void> => {
    await cognito.send(new AdminDeleteUserCommand({ ...pool, Username })).catch(unlessAbsent);
    if (clientId !== undefined) await cognito.send(new DeleteUserPoolClientCommand({ ...pool, ClientId: clientId }));
  };
  try {
    const made = await cognito.send(
      new CreateUserPoolClientCommand({
        ...pool,
        ClientName: `breakwater-check-${id}`,
        ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      }),
    );
    clientId = made.UserPoolClient?.ClientId;
    const UserAttributes = [
      { Name: 'email', Value: Username },
      { Name: 'email_verified', Value: 'true' },
    ];
    await cognito.send(new AdminCreateUserCommand({ ...pool, Username, MessageAction: 'SUPPRESS', UserAttributes }));
    await cognito.send(new AdminSetUserPasswordCommand({ ...pool, Username, Password, Permanent: true }));
    const { AuthenticationResult } = await cognito.send(
      new AdminInitiateAuthCommand({
        ...pool,
        ClientId: clientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: Username, PASSWORD: Password },
      }),
    );
    return { token: AuthenticationResult?.AccessToken ?? '', remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function unlessAbsent(error: Error): void {
  if (error.name !== 'UserNotFoundException') throw error;
}
