import { createHash, randomBytes } from 'node:crypto';
import type { CloudApi, Json, JsonObject } from '../../testing';
import { LocalError } from '../local-error';
import type { LocalResource } from '../running-app';

const COGNITO = 'AWSCognitoIdentityProviderService';
/** A token is replaced this long before it expires. */
const MARGIN_MS = 60_000;

/** A person who may sign in to the deployed app; made at each start. */
export interface LocalPerson {
  readonly username: string;
  readonly password: string;
  /** Subject of the person's tokens: `caller.id` in a micro-module. */
  readonly sub: string;
}

interface KeptToken {
  readonly token: string;
  readonly until: number;
}

/** The deployed user pool: hosted sign-in for people, client credentials for services. */
export class LocalIdentity {
  /**
   * Finds the pool and its clients among a stack's resources; undefined if the stack has no pool.
   */
  public static async find(api: CloudApi, resources: readonly LocalResource[]): Promise<LocalIdentity | undefined> {
    const poolId = resources.find(({ type }) => type === 'AWS::Cognito::UserPool')?.physicalId;
    if (poolId === undefined) return undefined;
    const [pool, clients] = await Promise.all([
      api.json('cognito-idp', `${COGNITO}.DescribeUserPool`, { UserPoolId: poolId }),
      Promise.all(
        resources
          .filter(({ type }) => type === 'AWS::Cognito::UserPoolClient')
          .map(async ({ physicalId }) => {
            const input = { UserPoolId: poolId, ClientId: physicalId };
            return (await api.json('cognito-idp', `${COGNITO}.DescribeUserPoolClient`, input))[
              'UserPoolClient'
            ] as JsonObject;
          }),
      ),
    ]);
    const domain = String((pool['UserPool'] as JsonObject)['Domain'] ?? '');
    return new LocalIdentity(api, poolId, domain, clients);
  }

  private readonly kept = new Map<string, KeptToken>();

  private constructor(
    private readonly api: CloudApi,
    private readonly poolId: string,
    private readonly domain: string,
    private readonly clients: readonly JsonObject[],
  ) {}

  /** Host name of the sign-in pages on AWS. Deployed parts refer to it. */
  public get signInHost(): string {
    return `${this.domain}.auth.${this.api.props.region}.amazoncognito.com`;
  }

  /** Creates a person with a verified email address and a random password. */
  public async addPerson(username: string): Promise<LocalPerson> {
    // The prefix has every kind of character, so every password policy accepts it.
    const password = `Aa1-${randomBytes(12).toString('base64url')}`;
    const made = await this.api.json('cognito-idp', `${COGNITO}.AdminCreateUser`, {
      UserPoolId: this.poolId,
      Username: username,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: username },
        { Name: 'email_verified', Value: 'true' },
      ],
    });
    const user = made['User'] as JsonObject;
    await this.api.json('cognito-idp', `${COGNITO}.AdminSetUserPassword`, {
      UserPoolId: this.poolId,
      Username: username,
      Password: password,
      Permanent: true,
    });
    const sub = list(user['Attributes']).find((attribute) => attribute['Name'] === 'sub')?.['Value'];
    return { username, password, sub: String(sub ?? user['Username']) };
  }

  /**
   * Access token of a service by client credentials, kept until shortly before it expires.
   * @throws LocalError if no client may act as the service
   */
  public async tokenFor(service: string): Promise<string> {
    return this.keep(`service ${service}`, async () => {
      const client = this.clients.find((c) => strings(c['AllowedOAuthScopes']).some((s) => s.endsWith(`/${service}`)));
      if (client === undefined)
        throw new LocalError(`no client of the user pool has a scope of the service '${service}'`);
      const scope = strings(client['AllowedOAuthScopes']).filter((s) => s.endsWith(`/${service}`));
      const secret = Buffer.from(`${String(client['ClientId'])}:${String(client['ClientSecret'])}`).toString('base64');
      return this.askToken(
        { grant_type: 'client_credentials', scope: scope.join(' ') },
        { authorization: `Basic ${secret}` },
      );
    });
  }

  /**
   * Access token of a person, by the steps of a browser's sign-in: authorization code with PKCE.
   */
  public async personToken({ username, password }: LocalPerson): Promise<string> {
    return this.keep(`person ${username}`, async () => {
      const client = this.clients.find((c) => strings(c['AllowedOAuthFlows']).includes('code'));
      if (client === undefined) throw new LocalError('the user pool must have a client with the flow `code`');
      const verifier = randomBytes(32).toString('base64url');
      const redirect = strings(client['CallbackURLs'])[0]!;
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: String(client['ClientId']),
        redirect_uri: redirect,
        scope: strings(client['AllowedOAuthScopes']).join(' '),
        state: randomBytes(8).toString('hex'),
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      const { endpoint } = this.api.props;
      const page = await (await fetch(`${endpoint}/oauth2/authorize?${query}`)).text();
      const form = new URLSearchParams(hiddenFields(page));
      form.set('username', username);
      form.set('password', password);
      const signedIn = await fetch(`${endpoint}/login`, { method: 'POST', body: form, redirect: 'manual' });
      const code = new URL(signedIn.headers.get('location') ?? redirect).searchParams.get('code');
      if (code === null) throw new LocalError(`the sign-in page answered ${signedIn.status} without a code`);
      return this.askToken({
        grant_type: 'authorization_code',
        client_id: String(client['ClientId']),
        code,
        redirect_uri: redirect,
        code_verifier: verifier,
      });
    });
  }

  private async keep(key: string, ask: () => Promise<KeptToken>): Promise<string> {
    const before = this.kept.get(key);
    if (before !== undefined && before.until > Date.now()) return before.token;
    const fresh = await ask();
    this.kept.set(key, fresh);
    return fresh.token;
  }

  private async askToken(form: Record<string, string>, headers: Record<string, string> = {}): Promise<KeptToken> {
    const response = await fetch(`${this.api.props.endpoint}/oauth2/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
    });
    const answer = (await response.json()) as { access_token?: string; expires_in?: number; error?: string };
    if (answer.access_token === undefined) {
      throw new LocalError(`the token endpoint answered ${response.status} ${answer.error ?? ''}`);
    }
    return { token: answer.access_token, until: Date.now() + (answer.expires_in ?? 300) * 1000 - MARGIN_MS };
  }
}

function hiddenFields(page: string): [string, string][] {
  return [...page.matchAll(/<input\b[^>]*>/g)].flatMap(([input]) => {
    const attribute = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1];
    const name = attribute('name');
    if (name === undefined || attribute('type') !== 'hidden') return [];
    return [
      [name, (attribute('value') ?? '').replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#x27;', "'")],
    ];
  });
}

function strings(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function list(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}
