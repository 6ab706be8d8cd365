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
import type { LocalResource } from '../../local/running-app';
import type { Clients } from './clients';

/** A token is replaced this long before it expires. */
const MARGIN_MS = 60_000;
/** Address of the test person: reserved by RFC 2606, so no mail arrives anywhere. */
const DOMAIN = 'example.com';

/**
 * Fails if an address isn't the one of a domain of the stack's pool. The secret of a client must
 * not go elsewhere, whatever the site's config.json says.
 */
export function requireOwnSignIn(signInUrl: string, region: string, resources: readonly LocalResource[]): void {
  const domains = resources.filter(({ type }) => type === 'AWS::Cognito::UserPoolDomain');
  const own = domains.map(({ physicalId }) =>
    physicalId.includes('.') ? `https://${physicalId}` : `https://${physicalId}.auth.${region}.amazoncognito.com`,
  );
  if (own.includes(signInUrl.replace(/\/$/, ''))) return;
  throw new LocalError(
    `signInUrl of the site's config.json must be the address of the pool's domain, ${own.join(' or ') || 'of which the stack has none'}, ` +
      `got ${signInUrl}: deploy the stack again`,
  );
}

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
  /** Deletes the person and the client that they signed in with. Says so if that fails. */
  remove(): Promise<void>;
}

/** The process of a test person. */
export interface TestPersonDependencies {
  /** Runs the work when a signal ends this process. */
  readonly atSignal: (work: () => Promise<void>) => void;
  /** Takes a line for the user. */
  readonly line: (text: string) => void;
}

/**
 * Creates a person and signs them in. The hosted pages are for browsers, so the person signs in
 * with a client of its own, which takes a password from administrators only.
 */
export function signInTestPerson(
  { cognito }: Pick<Clients, 'cognito'>,
  poolId: string,
  { atSignal, line }: TestPersonDependencies,
): Promise<TestPerson> {
  const id = randomBytes(6).toString('hex');
  const ClientName = `breakwater-check-${id}`;
  const Username = `${ClientName}@${DOMAIN}`;
  // The prefix has every kind of character, so every password policy accepts it.
  const Password = `Aa1-${randomBytes(12).toString('base64url')}`;
  const pool = { UserPoolId: poolId };
  let clientId: string | undefined;
  const removeOne = (what: string, work: Promise<unknown>): Promise<unknown> =>
    work.catch(({ name, message }: Error) => {
      if (name !== 'UserNotFoundException')
        line(`${what} remains in the user pool, because it can't be removed: ${message}; remove it yourself`);
    });
  const removeAll = async (): Promise<void> => {
    await removeOne(`the person ${Username}`, cognito.send(new AdminDeleteUserCommand({ ...pool, Username })));
    if (clientId === undefined) return;
    const ClientId = clientId;
    await removeOne(`the client ${ClientName}`, cognito.send(new DeleteUserPoolClientCommand({ ...pool, ClientId })));
  };
  let removed: Promise<void> | undefined;
  const remove = (): Promise<void> => (removed ??= removeAll());
  const signIn = async (): Promise<TestPerson> => {
    const made = await cognito.send(
      new CreateUserPoolClientCommand({
        ...pool,
        ClientName,
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
  };
  const signedIn = signIn().catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  // A signal may come while the person is created, so the removal waits until that has ended.
  atSignal(() => signedIn.then(remove, () => undefined));
  return signedIn;
}
