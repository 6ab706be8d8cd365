import { Aws, Duration, Fn, Lazy, Stack, Token } from 'aws-cdk-lib';
import {
  CfnUserPoolResourceServer,
  type IUserPool,
  OAuthScope,
  UserPoolClient,
  UserPoolClientIdentityProvider,
  UserPoolDomain,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { COGNITO } from '../limits';
import { type DeploymentProfile, PROFILE, profileOf } from '../profile';
import { invalid, mustBe, type PropChecks, requireName, requireOwnProps, shown } from '../validation';
import type { IIdentity } from './i-identity';
import { makeUserPool } from './make-user-pool';
import { checkSignInOptions, type SignInClient, type SignInOptions } from './sign-in';

/**
 * Identifier of the pool's resource server. It is the first part of a service's scope,
 * `breakwater/<name>`.
 */
const RESOURCE_SERVER = 'breakwater';

/** Validity of access and ID tokens. A stolen token is valid for this long. */
const TOKEN_VALIDITY = Duration.hours(1);

/** Time after which a person must sign in again. */
const SIGN_IN_VALIDITY = Duration.days(1);

const PROPS: PropChecks<UserPoolIdentityProps> = {
  mfaRequired: mustBe.flag,
  domainPrefix: mustBe.text,
  profile: PROFILE,
  userPool: mustBe.object<IUserPool>('IUserPool', 'userPoolId'),
  signInUrl: mustBe.text,
};

/** Props of `UserPoolIdentity`. */
export interface UserPoolIdentityProps {
  /**
   * Whether every person must have an authenticator app as a second factor (TOTP). Otherwise each
   * person may add one.
   * @default false
   */
  readonly mfaRequired?: boolean;

  /**
   * First part of the sign-in address `https://<prefix>.auth.<region>.amazoncognito.com`: 1 to 63
   * characters of a-z, 0-9 and `-`, without `-` at the start or end. The prefix must be unique
   * among all accounts of the Region.
   * @default - made from the construct's path and the stack's id
   */
  readonly domainPrefix?: string;

  /**
   * An existing pool of this account and Region. It keeps its settings, users and clients, so
   * `mfaRequired` must not be set. Clients and the resource server `breakwater` are added to the
   * pool.
   * @default - a new pool
   */
  readonly userPool?: IUserPool;

  /**
   * Base address of an existing pool's sign-in pages, without a slash at the end.
   * @default - a domain with a prefix is added to the pool. Cognito allows one such domain per
   * pool, in addition to one custom domain
   */
  readonly signInUrl?: string;

  /**
   * Purpose of the deployment. `PRODUCTION` protects the pool and retains it when the stack is
   * deleted.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * A Cognito user pool. Only administrators create users. People sign in on the pool's pages, with
 * the authorization code flow and PKCE. Services use client credentials, and each has one scope.
 * This construct makes all clients of the pool.
 *
 * ```ts
 * const identity = new UserPoolIdentity(this, 'Identity');
 * new MicroModule(this, 'Orders', {
 *   identity,
 *   handler,
 *   routes: [Route.get('/orders', { access: Access.PERSON })],
 * });
 * ```
 */
export class UserPoolIdentity extends Construct implements IIdentity {
  /** The pool itself. */
  public readonly userPool: IUserPool;
  public readonly issuer: string;
  public readonly kind: string = 'cognito';
  public readonly audience?: string = undefined;
  public readonly servicePrefix: string = `${RESOURCE_SERVER}/`;
  public readonly jwksUri?: string = undefined;
  public readonly signInUrl?: string;
  private readonly serviceClients = new Map<string, UserPoolClient>();
  private readonly services: Construct;
  private readonly signIns: Construct;
  private resourceServer?: CfnUserPoolResourceServer;

  constructor(scope: Construct, id: string, props: UserPoolIdentityProps = {}) {
    super(scope, id);
    requireOwnProps(this, UserPoolIdentity, props, PROPS);
    const profile = profileOf(this, props.profile);
    this.checkDomainPrefix(props.domainPrefix);

    this.checkExisting(props);
    this.userPool = props.userPool ?? makeUserPool(this, 'Pool', profile, props.mfaRequired ?? false);
    this.node.defaultChild = this.userPool.node.defaultChild;
    // The claim `iss` of the pool's tokens. The pool's attribute ProviderURL has the same value,
    // but the local AWS emulator lacks it.
    const stack = Stack.of(this);
    this.issuer = `https://cognito-idp.${stack.region}.${stack.urlSuffix}/${this.userPool.userPoolId}`;

    this.signInUrl = props.signInUrl ?? this.addDomain(props.domainPrefix);

    this.services = new Construct(this, 'Services');
    this.signIns = new Construct(this, 'SignIns');
  }

  /**
   * Adds a public client for a page. The client uses the authorization code flow with PKCE, and has
   * no secret.
   * @throws BreakwaterError if there are no or more than 100 callback addresses, if the id is
   * already used, or if an option is unknown or has a wrong type
   */
  public addSignIn(id: string, options: SignInOptions): SignInClient {
    checkSignInOptions(this, id, options);
    const { callbackUrls } = options;
    const logoutUrls = options.logoutUrls ?? callbackUrls;
    if (callbackUrls.length < 1 || callbackUrls.length > COGNITO.MAX_CALLBACK_URLS) {
      throw invalid(
        this,
        `callbackUrls of '${id}'`,
        `must be 1 to ${COGNITO.MAX_CALLBACK_URLS}, got ${callbackUrls.length}`,
      );
    }
    if (logoutUrls.length > COGNITO.MAX_LOGOUT_URLS) {
      throw invalid(
        this,
        `logoutUrls of '${id}'`,
        `must be at most ${COGNITO.MAX_LOGOUT_URLS}, got ${logoutUrls.length}`,
      );
    }
    for (const url of [...callbackUrls, ...logoutUrls]) this.checkReturnAddress(id, url);
    const scope = options.scope === undefined ? this.signIns : clientsIn(options.scope);
    if (scope.node.tryFindChild(id)) {
      throw invalid(this, `sign-in '${id}'`, 'must be added once, got a second call');
    }
    const scopes = [OAuthScope.OPENID, OAuthScope.EMAIL];
    const client = new UserPoolClient(scope, id, {
      userPool: this.userPool,
      generateSecret: false,
      oAuth: {
        flows: { authorizationCodeGrant: true, implicitCodeGrant: false, clientCredentials: false },
        scopes,
        callbackUrls,
        logoutUrls,
      },
      // Without this list, Cognito would also allow custom challenges.
      authFlows: { userSrp: true },
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: TOKEN_VALIDITY,
      idTokenValidity: TOKEN_VALIDITY,
      refreshTokenValidity: SIGN_IN_VALIDITY,
    });
    return {
      clientId: client.userPoolClientId,
      signInUrl: this.signInUrl,
      scope: scopes.map((scope) => scope.scopeName).join(' '),
    };
  }

  /**
   * Adds a client for a service, with a secret and the scope `breakwater/<name>`. `aws cognito-idp
   * describe-user-pool-client` prints the secret.
   * @throws BreakwaterError if the name isn't valid for `Access.service`, or if 100 services exist
   * already
   */
  public addService(name: string): void {
    if (this.serviceClients.has(name)) return;
    requireName(this, 'service', name, /^[a-z][a-z0-9-]{0,62}$/, "a lower-case letter, then a-z, 0-9 and '-'");
    if (this.serviceClients.size >= COGNITO.MAX_SCOPES_PER_RESOURCE_SERVER) {
      throw invalid(
        this,
        'service',
        `must be one of at most ${COGNITO.MAX_SCOPES_PER_RESOURCE_SERVER} services (Cognito's quota of scopes), got one more: '${name}'`,
      );
    }
    this.resourceServer ??= new CfnUserPoolResourceServer(this, 'ResourceServer', {
      userPoolId: this.userPool.userPoolId,
      identifier: RESOURCE_SERVER,
      name: RESOURCE_SERVER,
      scopes: Lazy.any({
        produce: () =>
          [...this.serviceClients.keys()]
            .sort()
            .map((service) => ({ scopeName: service, scopeDescription: `Calls as the service ${service}` })),
      }),
    });
    const client = new UserPoolClient(this.services, name, {
      userPool: this.userPool,
      userPoolClientName: name,
      generateSecret: true,
      oAuth: {
        flows: { clientCredentials: true, authorizationCodeGrant: false, implicitCodeGrant: false },
        scopes: [OAuthScope.custom(`${RESOURCE_SERVER}/${name}`)],
      },
      // With this setting, the client allows only the refresh flow, so nobody can sign in through
      // it.
      authFlows: { userPassword: false },
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: TOKEN_VALIDITY,
    });
    client.node.addDependency(this.resourceServer);
    this.serviceClients.set(name, client);
  }

  /**
   * ID of a service's client.
   * @throws BreakwaterError if neither a route nor a call of `addService` names the service
   */
  public serviceClientId(name: string): string {
    const client = this.serviceClients.get(name);
    if (!client) {
      const known = [...this.serviceClients.keys()].sort().join(', ') || 'none';
      throw invalid(this, 'service', `must be a service that was added (${known}), got '${name}'`);
    }
    return client.userPoolClientId;
  }

  /**
   * Returns a prefix that is unique among all accounts of the Region. The prefix ends with the last
   * group of the UUID in the stack's ID. The account's ID would also be unique, but visitors
   * shouldn't see it.
   */
  private defaultDomainPrefix(): string {
    const stackUuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
    return `breakwater-${this.node.addr.slice(-8)}-${Fn.select(4, Fn.split('-', stackUuid))}`;
  }

  private addDomain(prefix: string | undefined): string {
    const cognitoDomain = { domainPrefix: prefix ?? this.defaultDomainPrefix() };
    return new UserPoolDomain(this, 'Domain', { userPool: this.userPool, cognitoDomain }).baseUrl();
  }

  private checkExisting({ userPool, mfaRequired, domainPrefix, signInUrl }: UserPoolIdentityProps): void {
    if (userPool !== undefined && mfaRequired !== undefined) {
      throw invalid(this, 'mfaRequired', 'must be left out if userPool is set, because it is a setting of the pool');
    }
    if (signInUrl === undefined) return;
    if (userPool === undefined) throw invalid(this, 'signInUrl', 'must be set together with userPool, got no userPool');
    if (domainPrefix !== undefined)
      throw invalid(this, 'signInUrl', 'must not be set together with domainPrefix, got both');
    const problem = signInUrlProblem(signInUrl);
    if (problem !== undefined) throw invalid(this, 'signInUrl', problem);
  }

  private checkDomainPrefix(prefix: string | undefined): void {
    if (prefix === undefined || Token.isUnresolved(prefix)) return;
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(prefix) || /aws|amazon|cognito/.test(prefix)) {
      throw invalid(
        this,
        'domainPrefix',
        `must be 1 to 63 characters of a-z, 0-9 and '-', without '-' at the start or end, and without 'aws', 'amazon' and 'cognito', got '${prefix}'`,
      );
    }
  }

  private checkReturnAddress(id: string, url: string): void {
    if (Token.isUnresolved(url)) return;
    if (!/^https:\/\/[^\s#]+$/.test(url) && !/^http:\/\/localhost(:\d+)?(\/[^\s#]*)?$/.test(url)) {
      throw invalid(
        this,
        `callbackUrls of '${id}'`,
        `must be https addresses without a fragment (or http://localhost), got '${url}'`,
      );
    }
  }
}

/**
 * Returns a construct for the clients in a scope. Without it, a client's id could clash with the id
 * of another construct in the scope.
 */
function clientsIn(scope: Construct): Construct {
  const known = scope.node.tryFindChild('SignIns') as Construct | undefined;
  return known ?? new Construct(scope, 'SignIns');
}

/** Returns why a value isn't the address of a pool's sign-in pages; undefined if it is. */
export function signInUrlProblem(value: unknown): string | undefined {
  if (typeof value === 'string' && (Token.isUnresolved(value) || /^https:\/\/[^\s/?#]+$/.test(value))) return undefined;
  return `must be an https address without a path, got ${shown(value)}`;
}
