import { Aws, Duration, Fn, Lazy, Stack, Token } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnUserPoolResourceServer,
  FeaturePlan,
  Mfa,
  OAuthScope,
  UserPool,
  UserPoolClient,
  UserPoolClientIdentityProvider,
  UserPoolDomain,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { COGNITO } from '../limits';
import { type DeploymentProfile, profileOf } from '../profile';
import { acknowledge, invalid, requireName } from '../validation';
import type { IIdentity } from './i-identity';
import type { SignInClient, SignInOptions } from './sign-in';

/** Identifier of the pool's resource server: a service's scope is `breakwater/<name>`. */
const RESOURCE_SERVER = 'breakwater';

/**
 * Short enough that a stolen token is soon worthless, long enough that a page isn't always
 * refreshing.
 */
const TOKEN_VALIDITY = Duration.hours(1);

/** A day's work without signing in again. */
const SIGN_IN_VALIDITY = Duration.days(1);

/** Props of `UserPoolIdentity`. */
export interface UserPoolIdentityProps {
  /**
   * Whether everybody needs a one-time password from an app as well. Without, each person may
   * choose to.
   * @default false
   */
  readonly mfaRequired?: boolean;

  /**
   * First part of the sign-in address `https://<prefix>.auth.<region>.amazoncognito.com`, unique in
   * the Region among all accounts: 1 to 63 of a-z, 0-9 and `-`.
   * @default - made from the pool's place in the app and the stack's own id
   */
  readonly domainPrefix?: string;

  /**
   * What the deployment is for: decides whether people survive the stack.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * A Cognito user pool of the stack's own. Only administrators make users; people sign in on the
 * pool's pages by code and PKCE, services by client credentials with one scope each. Every client
 * of the pool is made here.
 *
 * ```ts
 * const identity = new UserPoolIdentity(this, 'Identity');
 * new MicroModule(this, 'Orders', { identity, handler, routes: [Route.get('/orders', { access: Access.PERSON })] });
 * ```
 */
export class UserPoolIdentity extends Construct implements IIdentity {
  /** The pool, for what isn't covered here. */
  public readonly userPool: UserPool;
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
    const profile = profileOf(this, props.profile);
    this.checkDomainPrefix(props.domainPrefix);

    this.userPool = this.makePool(profile, props.mfaRequired ?? false);
    // Not the pool's ProviderURL: that attribute is absent from embedded clouds, and this is what
    // tokens say.
    const stack = Stack.of(this);
    this.issuer = `https://cognito-idp.${stack.region}.${stack.urlSuffix}/${this.userPool.userPoolId}`;

    const domain = new UserPoolDomain(this, 'Domain', {
      userPool: this.userPool,
      cognitoDomain: { domainPrefix: props.domainPrefix ?? this.defaultDomainPrefix() },
    });
    this.signInUrl = domain.baseUrl();

    this.services = new Construct(this, 'Services');
    this.signIns = new Construct(this, 'SignIns');
  }

  /**
   * A public client for a page: code with PKCE, no secret, no password sent to the API.
   * @throws BreakwaterError unless there are 1 to 100 callback addresses and the id is new
   */
  public addSignIn(id: string, options: SignInOptions): SignInClient {
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
    if (this.signIns.node.tryFindChild(id)) {
      throw invalid(this, `sign-in '${id}'`, 'must be added once, got it twice');
    }
    const scopes = [OAuthScope.OPENID, OAuthScope.EMAIL];
    const client = new UserPoolClient(this.signIns, id, {
      userPool: this.userPool,
      generateSecret: false,
      oAuth: {
        flows: { authorizationCodeGrant: true, implicitCodeGrant: false, clientCredentials: false },
        scopes,
        callbackUrls,
        logoutUrls,
      },
      // Without a list Cognito would also allow custom challenges.
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
   * A client with a secret (read it by `aws cognito-idp describe-user-pool-client`) and the scope
   * `breakwater/<name>`.
   * @throws BreakwaterError if the name isn't one of `Access.service`, or is the 101st
   */
  public addService(name: string): void {
    if (this.serviceClients.has(name)) return;
    requireName(this, 'service', name, /^[a-z][a-z0-9-]{0,62}$/, "a lower-case letter, then a-z, 0-9 and '-'");
    if (this.serviceClients.size >= COGNITO.MAX_SCOPES_PER_RESOURCE_SERVER) {
      throw invalid(
        this,
        'service',
        `must be one of at most ${COGNITO.MAX_SCOPES_PER_RESOURCE_SERVER} (Cognito's quota), got one more: '${name}'`,
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
      // A list with nothing but the refresh flow, which client credentials never use: nobody signs
      // in through a service's client.
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
   * Id of a service's client.
   * @throws BreakwaterError if no route and no `addService` named the service
   */
  public serviceClientId(name: string): string {
    const client = this.serviceClients.get(name);
    if (!client) {
      const known = [...this.serviceClients.keys()].sort().join(', ') || 'none';
      throw invalid(this, 'service', `must be one that was added (${known}), got '${name}'`);
    }
    return client.userPoolClientId;
  }

  private makePool(profile: DeploymentProfile, mfaRequired: boolean): UserPool {
    const pool = new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      keepOriginal: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      mfa: mfaRequired ? Mfa.REQUIRED : Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      featurePlan: FeaturePlan.ESSENTIALS,
      deletionProtection: profile.deletionProtection,
      removalPolicy: profile.protectedRemovalPolicy,
    });
    acknowledge(pool, {
      id: 'AwsSolutions-COG8',
      reason:
        'The plus plan bills every active user for threat protection; it is a switch on the pool for those who want it.',
    });
    if (!mfaRequired) {
      acknowledge(pool, {
        id: 'AwsSolutions-COG2',
        reason: 'Customers of a shop choose a second factor themselves (TOTP is on); mfaRequired makes it a must.',
      });
    }
    return pool;
  }

  /**
   * The Region shares one namespace of prefixes among all accounts. The last group of the stack's
   * id is unique to this stack and, unlike the account's number, tells a visitor nothing.
   */
  private defaultDomainPrefix(): string {
    const stackUuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
    return `breakwater-${this.node.addr.slice(-8)}-${Fn.select(4, Fn.split('-', stackUuid))}`;
  }

  private checkDomainPrefix(prefix: string | undefined): void {
    if (prefix === undefined || Token.isUnresolved(prefix)) return;
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(prefix) || /aws|amazon|cognito/.test(prefix)) {
      throw invalid(
        this,
        'domainPrefix',
        `must be 1 to 63 of a-z, 0-9 and inner '-', without 'aws', 'amazon' and 'cognito', got '${prefix}'`,
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
