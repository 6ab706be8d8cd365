import { Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { invalid } from '../validation';
import type { IIdentity, SignInClient, SignInOptions } from './i-identity';

/** Props of `OidcIdentity`. */
export interface OidcIdentityProps {
  /** Issuer exactly as in its tokens (`iss`), an `https` address; its discovery document lies below it. */
  readonly issuer: string;

  /** Audience that tokens must name (`aud`): what the issuer calls this system. */
  readonly audience: string;

  /**
   * What stands before a service's name in the scope that the issuer gives it.
   * @default 'breakwater/'
   */
  readonly servicePrefix?: string;

  /**
   * Address of the issuer's keys, `https`.
   * @default - `jwks_uri` of its discovery document
   */
  readonly jwksUri?: string;

  /**
   * Id of the public client (code + PKCE) that the issuer knows the sign-in page by. Its callback addresses are kept at the issuer.
   * @default - none: no site can sign people in
   */
  readonly clientId?: string;

  /**
   * Address of the issuer's sign-in pages, without a path, where they aren't where its discovery document says.
   * @default - as the discovery document says
   */
  readonly signInUrl?: string;

  /**
   * Scopes that the sign-in page asks for, space between them.
   * @default 'openid email'
   */
  readonly signInScope?: string;
}

/**
 * An issuer of JSON web tokens that exists already. It costs nothing here; people, services and clients are kept there.
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
    this.jwksUri = props.jwksUri;
    this.signInUrl = props.signInUrl;
    this.clientId = props.clientId;
    this.signInScope = props.signInScope ?? 'openid email';
  }

  /** The client that was named in the props: what the issuer must be told about callbacks is done there. */
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

  private requireAddress(prop: string, value: string | undefined): void {
    if (value === undefined || Token.isUnresolved(value)) return;
    if (!/^https:\/\/[^\s/?#]+[^\s?#]*$/.test(value)) {
      throw invalid(this, prop, `must be an https address without query and fragment, got '${value}'`);
    }
  }
}
