import { Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { invalid } from '../validation';
import type { IIdentity } from './i-identity';
import type { SignInClient, SignInOptions } from './sign-in';

/** Claims that tokens of programs have as well. */
const COMMON_CLAIMS = ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'azp', 'client_id', 'scope', 'scp'];

/** Props of `OidcIdentity`. */
export interface OidcIdentityProps {
  /**
   * Issuer exactly as in its tokens (`iss`), an `https` address; its discovery document lies below
   * it.
   */
  readonly issuer: string;

  /** Audience that tokens must name (`aud`): what the issuer calls this system. */
  readonly audience: string;

  /**
   * What stands before a service's name in the scope that the issuer gives it.
   * @default 'breakwater/'
   */
  readonly servicePrefix?: string;

  /**
   * Claim that the issuer writes into the access tokens of people and into no other: `uid` at Okta,
   * for one. If it is given, only a token that has it, not empty, is a person's. A token that shows
   * itself to be a program's (its subject is its client, `idtyp` is `app`, ...) never is.
   * @default - without `personScope`: one of `preferred_username`, `username`, `email`, `upn`,
   * `name`, or `idtyp` of `user`
   */
  readonly personClaim?: string;

  /**
   * Scope that the issuer gives to people who signed in and to no program. If it is given, only a
   * token that has it is a person's; with `personClaim`, one that has both.
   * @default - none is asked for
   */
  readonly personScope?: string;

  /**
   * Address of the issuer's keys, `https`.
   * @default - `jwks_uri` of its discovery document
   */
  readonly jwksUri?: string;

  /**
   * Id of the public client (code + PKCE) that the issuer knows the sign-in page by. Its callback
   * addresses are kept at the issuer.
   * @default - none: no site can sign people in
   */
  readonly clientId?: string;

  /**
   * Address below which the issuer answers `/oauth2/authorize` and `/oauth2/token`. Pages are told
   * it, and may talk to its origin only.
   * @default - none: no site can sign people in
   */
  readonly signInUrl?: string;

  /**
   * Scopes that the sign-in page asks for, space between them.
   * @default 'openid email'
   */
  readonly signInScope?: string;
}

/**
 * An issuer of JSON web tokens that exists already. It costs nothing here; people, services and
 * clients are kept there.
 *
 * ```ts
 * new OidcIdentity(this, 'Identity', { issuer: 'https://id.example.com', audience: 'shop' });
 * ```
 */
export class OidcIdentity extends Construct implements IIdentity {
  public readonly issuer: string;
  public readonly kind: string = 'oidc';
  public readonly audience?: string;
  public readonly servicePrefix: string;
  /** Claim that only people's tokens have. */
  public readonly personClaim?: string;
  /** Scope that only people's tokens have. */
  public readonly personScope?: string;
  public readonly jwksUri?: string;
  public readonly signInUrl?: string;
  private readonly clientId?: string;
  private readonly signInScope: string;

  constructor(scope: Construct, id: string, props: OidcIdentityProps) {
    super(scope, id);
    this.requireAddress('issuer', props.issuer);
    this.requireAddress('jwksUri', props.jwksUri);
    this.requireAddress('signInUrl', props.signInUrl);
    if (!props.audience) {
      throw invalid(
        this,
        'audience',
        "must be what the issuer's tokens name in 'aud', got none: without it tokens made for other systems would do",
      );
    }
    this.issuer = props.issuer;
    this.audience = props.audience;
    this.servicePrefix = props.servicePrefix ?? 'breakwater/';
    if (!Token.isUnresolved(this.servicePrefix) && /\s/.test(this.servicePrefix)) {
      throw invalid(this, 'servicePrefix', `must have no spaces, since they part scopes, got '${this.servicePrefix}'`);
    }
    this.personClaim = this.requirePersonClaim(props.personClaim);
    this.personScope = this.requirePersonScope(props.personScope);
    this.jwksUri = props.jwksUri;
    this.signInUrl = props.signInUrl;
    this.clientId = props.clientId;
    this.signInScope = props.signInScope ?? 'openid email';
  }

  /**
   * The client that was named in the props: what the issuer must be told about callbacks is done
   * there.
   */
  public addSignIn(id: string, _options: SignInOptions): SignInClient {
    if (!this.clientId) {
      throw invalid(
        this,
        'clientId',
        `must name the public client by which the issuer knows the page '${id}', got none; register one there first`,
      );
    }
    return { clientId: this.clientId, signInUrl: this.signInUrl, scope: this.signInScope };
  }

  /** Nothing to do: the issuer gives a service its client and the scope `<servicePrefix><name>`. */
  public addService(_name: string): void {}

  private requirePersonClaim(claim: string | undefined): string | undefined {
    if (claim !== undefined && !Token.isUnresolved(claim) && (!claim || COMMON_CLAIMS.includes(claim))) {
      throw invalid(this, 'personClaim', `must be a claim that only people's tokens have, got '${claim}'`);
    }
    return claim;
  }

  private requirePersonScope(scope: string | undefined): string | undefined {
    if (scope === undefined || Token.isUnresolved(scope)) return scope;
    if (!/^\S+$/.test(scope)) throw invalid(this, 'personScope', `must be one scope, without spaces, got '${scope}'`);
    if (!Token.isUnresolved(this.servicePrefix) && scope.startsWith(this.servicePrefix)) {
      throw invalid(
        this,
        'personScope',
        `must not start with '${this.servicePrefix}', as services' scopes do, got '${scope}'`,
      );
    }
    return scope;
  }

  private requireAddress(prop: string, value: string | undefined): void {
    if (value === undefined || Token.isUnresolved(value)) return;
    if (!/^https:\/\/[^\s/?#]+[^\s?#]*$/.test(value)) {
      throw invalid(this, prop, `must be an https address without query and fragment, got '${value}'`);
    }
  }
}
