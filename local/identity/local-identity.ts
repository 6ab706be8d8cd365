import { createHash, randomBytes } from 'node:crypto';
import type { CloudApi, Json, JsonObject } from '../../testing';
import { LocalError } from '../local-error';
import type { LocalResource } from '../running-app';

/** A stack that may have a user pool. */
interface StackWithResources {
  readonly region: string;
  readonly resources: readonly LocalResource[];
}

const COGNITO = 'AWSCognitoIdentityProviderService';
/**
 * Maximum number of clients in one answer. Source: Amazon Cognito API Reference,
 * "ListUserPoolClients", `MaxResults`.
 */
const MAX_CLIENTS = 60;
/** A cached token is replaced this long before its expiry. */
const MARGIN_MS = 60_000;

/** A person who can sign in to the deployed app. Each start creates one. */
export interface LocalPerson {
  readonly username: string;
  readonly password: string;
  /** Subject of the person's tokens: `caller.id` in a micro-module. */
  readonly sub: string;
}

/** Tokens of a person. */
export interface PersonTokens {
  readonly access: string;
  readonly id?: string;
}

interface KeptToken {
  readonly token: string;
  readonly id?: string;
  readonly until: number;
}

/** The deployed user pool: hosted sign-in for people, client credentials for services. */
export class LocalIdentity {
  /**
   * Finds the user pool of an app. If there are several pools, the first one with hosted sign-in is
   * used.
   * @param apis clients of the emulator, by Region
   * @returns undefined if no stack has a pool
   */
  public static async find(
    apis: (region: string) => CloudApi,
    stacks: readonly StackWithResources[],
  ): Promise<LocalIdentity | undefined> {
    const pools = stacks.flatMap(({ region, resources }) =>
      resources
        .filter(({ type }) => type === 'AWS::Cognito::UserPool')
        .map(({ physicalId }) => LocalIdentity.read(apis(region), physicalId)),
    );
    const found = await Promise.all(pools);
    return found.find(({ hasSignIn }) => hasSignIn) ?? found[0];
  }

  private static async read(api: CloudApi, poolId: string): Promise<LocalIdentity> {
    const call = (action: string, input: JsonObject) =>
      api.json('cognito-idp', `${COGNITO}.${action}`, { UserPoolId: poolId, ...input });
    const [{ UserPool: pool }, { UserPoolClients: listed }] = await Promise.all([
      call('DescribeUserPool', {}),
      call('ListUserPoolClients', { MaxResults: MAX_CLIENTS }),
    ]);
    const clients = await Promise.all(
      list(listed).map(async ({ ClientId }) => {
        const answer = await call('DescribeUserPoolClient', { ClientId: ClientId! });
        return answer['UserPoolClient'] as JsonObject;
      }),
    );
    return new LocalIdentity(api, poolId, String((pool as JsonObject)['Domain'] ?? ''), clients);
  }

  private readonly kept = new Map<string, KeptToken>();

  private constructor(
    private readonly api: CloudApi,
    private readonly poolId: string,
    private readonly domain: string,
    private readonly clients: readonly JsonObject[],
  ) {}

  /** Whether the pool has sign-in pages and a client that uses them. */
  public get hasSignIn(): boolean {
    return this.domain !== '' && this.clients.some((c) => strings(c['AllowedOAuthFlows']).includes('code'));
  }

  /** Host name of the sign-in pages on AWS. Deployed resources contain it. */
  public get signInHost(): string {
    return `${this.domain}.auth.${this.api.props.region}.amazoncognito.com`;
  }

  /** Creates a person with a verified email address and a random password. */
  public async addPerson(username: string): Promise<LocalPerson> {
    // The prefix contains every kind of character, so every password policy accepts the password.
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
   * Access token of a service, from the client credentials flow. The token is cached until shortly
   * before its expiry.
   * @throws LocalError if no client has the service's scope
   */
  public async tokenFor(service: string): Promise<string> {
    const kept = await this.keep(`service ${service}`, async () => {
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
    return kept.token;
  }

  /**
   * Access token of a person, by the steps of a browser's sign-in: authorization code with PKCE.
   */
  public async personToken(person: LocalPerson): Promise<string> {
    return (await this.personTokens(person)).access;
  }

  /**
   * Tokens of a person, from hosted sign-in. If no client of the pool has hosted sign-in, they are
   * requested with the password.
   */
  public async personTokens({ username, password }: LocalPerson): Promise<PersonTokens> {
    const kept = await this.keep(`person ${username}`, async () => {
      if (!this.hasSignIn) return this.askByPassword(username, password);
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
    return { access: kept.token, ...(kept.id !== undefined && { id: kept.id }) };
  }

  /** Creates a client for this run. It is needed if no client of the pool allows sign-in. */
  private async makeClient(): Promise<JsonObject> {
    const made = await this.api.json('cognito-idp', `${COGNITO}.CreateUserPoolClient`, {
      UserPoolId: this.poolId,
      ClientName: 'breakwater-dev',
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    });
    return made['UserPoolClient'] as JsonObject;
  }

  private async askByPassword(username: string, password: string): Promise<KeptToken> {
    const flows = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'];
    const allows = (client: JsonObject) => strings(client['ExplicitAuthFlows']).find((flow) => flows.includes(flow));
    const client =
      this.clients.find((one) => allows(one) !== undefined && one['ClientSecret'] === undefined) ??
      (await this.makeClient());
    const admin = allows(client) === 'ALLOW_ADMIN_USER_PASSWORD_AUTH';
    const answer = await this.api.json('cognito-idp', `${COGNITO}.${admin ? 'AdminInitiateAuth' : 'InitiateAuth'}`, {
      ...(admin && { UserPoolId: this.poolId }),
      ClientId: client['ClientId']!,
      AuthFlow: admin ? 'ADMIN_USER_PASSWORD_AUTH' : 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD: password },
    });
    const result = (answer['AuthenticationResult'] ?? {}) as JsonObject;
    if (result['AccessToken'] === undefined) throw new LocalError('the user pool asks for more than a password');
    return keptToken(String(result['AccessToken']), result['IdToken'], result['ExpiresIn']);
  }

  private async keep(key: string, ask: () => Promise<KeptToken>): Promise<KeptToken> {
    const before = this.kept.get(key);
    if (before !== undefined && before.until > Date.now()) return before;
    const fresh = await ask();
    this.kept.set(key, fresh);
    return fresh;
  }

  private async askToken(form: Record<string, string>, headers: Record<string, string> = {}): Promise<KeptToken> {
    const response = await fetch(`${this.api.props.endpoint}/oauth2/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
    });
    const answer = (await response.json()) as {
      access_token?: string;
      id_token?: string;
      expires_in?: number;
      error?: string;
    };
    if (answer.access_token === undefined) {
      throw new LocalError(`the token endpoint answered ${response.status} ${answer.error ?? ''}`);
    }
    return keptToken(answer.access_token, answer.id_token, answer.expires_in);
  }
}

function keptToken(token: string, id: Json | undefined, seconds: Json | undefined): KeptToken {
  const until = Date.now() + Number(seconds ?? 300) * 1000 - MARGIN_MS;
  return { token, until, ...(typeof id === 'string' && { id }) };
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
