import { Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { invalid, mustBe, type PropChecks, requireOwnProps, requireProps } from '../validation';
import type { IIdentity } from './i-identity';
import { checkSignInOptions, type SignInClient, type SignInOptions } from './sign-in';

/** Claims that tokens of programs also have, so they can't identify a person. */
const COMMON_CLAIMS = ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'azp', 'client_id', 'scope', 'scp'];

const PROPS: PropChecks<OidcIdentityProps> = {
  issuer: mustBe.text,
  audience: mustBe.text,
  servicePrefix: mustBe.text,
  personClaim: mustBe.text,
  personScope: mustBe.text,
  jwksUri: mustBe.text,
  clientId: mustBe.text,
  signInUrl: mustBe.text,
  signInScope: mustBe.text,
};

/** Props of `OidcIdentity`. */
export interface OidcIdentityProps {
  /**
   * The issuer's name, exactly as in the claim `iss` of its tokens: an `https` URL. The discovery
   * document is at `/.well-known/openid-configuration` below it.
   */
  readonly issuer: string;

  /** Audience that tokens must have (`aud`): this system's name at the issuer. */
  readonly audience: string;

  /**
   * Prefix of a service's scope. The issuer gives the service `point-of-sale` the scope
   * `<servicePrefix>point-of-sale`.
   * @default 'breakwater/'
   */
  readonly servicePrefix?: string;

  /**
   * Claim that only access tokens of people have, such as `uid` of Okta. If this prop is set, a
   * token belongs to a person only if it has the claim with a value that isn't empty. A token of a
   * program never belongs to a person. A token is a program's, for example, if its subject is its
   * client, or if `idtyp` is `app`.
   * @default - if `personScope` isn't set either, a person's token must have one of
   * `preferred_username`, `username`, `email`, `upn` and `name`, or `idtyp` with the value `user`
   */
  readonly personClaim?: string;

  /**
   * Scope that the issuer gives to people who signed in, and never to a program. If this prop is
   * set, a token belongs to a person only if it has the scope. If `personClaim` is also set, the
   * token needs both.
   * @default - none is required
   */
  readonly personScope?: string;

  /**
   * Address of the issuer's public keys, an `https` URL.
   * @default - `jwks_uri` of the issuer's discovery document
   */
  readonly jwksUri?: string;

  /**
   * ID of the sign-in page's public client at the issuer. The client uses the authorization code
   * flow with PKCE. You must register its callback addresses at the issuer.
   * @default - none: a site can't sign people in
   */
  readonly clientId?: string;

  /**
   * Base address of the sign-in pages. The issuer must answer `/oauth2/authorize` and
   * `/oauth2/token` below it. Apart from their own site, pages may connect to this origin only.
   * @default - none: a site can't sign people in
   */
  readonly signInUrl?: string;

  /**
   * Scopes that the sign-in page requests, separated by spaces.
   * @default 'openid email'
   */
  readonly signInScope?: string;
}

/**
 * An existing issuer of JSON web tokens. The issuer manages people, services and clients, so this
 * construct creates no resources.
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
  /** Claim that only tokens of people have. */
  public readonly personClaim?: string;
  /** Scope that only tokens of people have. */
  public readonly personScope?: string;
  public readonly jwksUri?: string;
  public readonly signInUrl?: string;
  private readonly clientId?: string;
  private readonly signInScope: string;

  constructor(scope: Construct, id: string, props: OidcIdentityProps) {
    super(scope, id);
    requireProps(this, props, 'issuer', 'audience');
    requireOwnProps(this, OidcIdentity, props, PROPS);
    this.requireAddress('issuer', props.issuer);
    this.requireAddress('jwksUri', props.jwksUri);
    this.requireAddress('signInUrl', props.signInUrl);
    if (!props.audience) {
      throw invalid(
        this,
        'audience',
        "must be the 'aud' of the issuer's tokens, got an empty text: without it, tokens for other systems would be accepted",
      );
    }
    this.issuer = props.issuer;
    this.audience = props.audience;
    this.servicePrefix = props.servicePrefix ?? 'breakwater/';
    if (!Token.isUnresolved(this.servicePrefix) && /\s/.test(this.servicePrefix)) {
      throw invalid(
        this,
        'servicePrefix',
        `must have no spaces, because they separate scopes, got '${this.servicePrefix}'`,
      );
    }
    this.personClaim = this.requirePersonClaim(props.personClaim);
    this.personScope = this.requirePersonScope(props.personScope);
    this.jwksUri = props.jwksUri;
    this.signInUrl = props.signInUrl;
    this.clientId = props.clientId;
    this.signInScope = props.signInScope ?? 'openid email';
  }

  /**
   * Returns the client of the prop `clientId`. Its callback addresses must be registered at the
   * issuer.
   */
  public addSignIn(id: string, options: SignInOptions): SignInClient {
    checkSignInOptions(this, id, options);
    if (!this.clientId) {
      throw invalid(
        this,
        'clientId',
        `must be the id of a public client for the page '${id}', got none; register a client at the issuer first`,
      );
    }
    return { clientId: this.clientId, signInUrl: this.signInUrl, scope: this.signInScope };
  }

  /** Adds nothing, because the issuer manages clients and scopes of services. */
  public addService(name: string): void {
    mustBe.text(this, 'service', name);
  }

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
