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

/** A cached token is replaced this long before it expires. */
const MARGIN_MS = 60_000;
/**
 * Domain of the test person's e-mail address. RFC 2606 reserves it, so mail to it is never
 * delivered.
 */
const DOMAIN = 'example.com';

/**
 * Fails if the sign-in address doesn't belong to a domain of the stack's user pool. A client's
 * secret must be sent only to such a domain, whatever address the site's config.json contains.
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
 * Returns a function that returns an access token of a service, from the client credentials flow. A
 * token is cached until shortly before it expires, because Cognito bills each token.
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
  /**
   * Deletes the person, and the client for the person's sign-in. If a deletion fails, a line
   * reports it.
   */
  remove(): Promise<void>;
}

/** Functions of the process that uses a test person. */
export interface TestPersonDependencies {
  /** Registers work to run when a signal ends this process. */
  readonly atSignal: (work: () => Promise<void>) => void;
  /** Prints a line for the user. */
  readonly line: (text: string) => void;
}

/**
 * Creates a person and signs the person in. The hosted sign-in pages need a browser, so a separate
 * client is created. It accepts passwords only through a call with administrator permissions.
 */
export function signInTestPerson(
  { cognito }: Pick<Clients, 'cognito'>,
  poolId: string,
  { atSignal, line }: TestPersonDependencies,
): Promise<TestPerson> {
  const id = randomBytes(6).toString('hex');
  const ClientName = `breakwater-check-${id}`;
  const Username = `${ClientName}@${DOMAIN}`;
  // The prefix contains every kind of character, so every password policy accepts the password.
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
  // A signal may arrive while the person is being created, so the removal waits until the creation
  // has ended.
  atSignal(() => signedIn.then(remove, () => undefined));
  return signedIn;
}
