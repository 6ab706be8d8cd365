import { Construct } from 'constructs';
import { mustBe, requireProps } from '../validation';

/** The addresses of a page that signs people in. */
export interface SignInOptions {
  /**
   * Addresses to which the issuer redirects with an authorization code, 1 to 100. Each is an exact
   * address: `https://...`, or `http://localhost...` for development.
   */
  readonly callbackUrls: string[];

  /**
   * Addresses to which the issuer redirects after a sign-out, at most 100.
   * @default - the callback addresses
   */
  readonly logoutUrls?: string[];

  /**
   * Scope of the client. If the page's address is a value of another stack, pass a scope of that
   * stack. Otherwise the identity's stack would depend on the other stack.
   * @default - the identity
   */
  readonly scope?: Construct;
}

/** The values that a page needs to sign a person in. None of them is secret. */
export interface SignInClient {
  /** ID of the page's client. The client is public and uses PKCE. */
  readonly clientId: string;

  /**
   * Base address of the issuer's sign-in pages. `/oauth2/authorize`, `/oauth2/token` and `/logout`
   * are below it. Apart from their own site, pages may connect to no other address.
   * @default - the identity's `signInUrl`. A site with a sign-in needs one of these two addresses.
   */
  readonly signInUrl?: string;

  /** Scopes to request, separated by spaces. */
  readonly scope: string;
}

const OPTIONS = mustBe.props<SignInOptions>({
  callbackUrls: mustBe.listOf(mustBe.text),
  logoutUrls: mustBe.listOf(mustBe.text),
  scope: mustBe.instance(Construct, 'use a construct of the stack with the page'),
});

/**
 * Checks the options of a sign-in, for apps without a type checker.
 * @throws BreakwaterError if an option is missing, unknown, or has a wrong type
 */
export function checkSignInOptions(scope: Construct, id: string, options: SignInOptions): void {
  OPTIONS(scope, `sign-in '${id}'`, options);
  requireProps(scope, options, 'callbackUrls');
}
