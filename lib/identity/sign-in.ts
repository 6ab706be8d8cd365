/** The addresses of a page that signs people in. */
export interface SignInOptions {
  /**
   * Addresses that the issuer returns to with a code, 1 to 100. Each is the exact address:
   * `https://...`, or
   * `http://localhost...` for development.
   */
  readonly callbackUrls: string[];

  /**
   * Addresses that the issuer returns to after a sign-out, at most 100.
   * @default - the callback addresses
   */
  readonly logoutUrls?: string[];
}

/** The values that a page needs to sign a person in. None of them is secret. */
export interface SignInClient {
  /** Id of the page's client. The client is public and uses PKCE. */
  readonly clientId: string;

  /**
   * Base address of the issuer's sign-in pages. `/oauth2/authorize`, `/oauth2/token` and `/logout`
   * are below it. Pages may connect to no other address.
   * @default - the identity's `signInUrl`. A site with a sign-in needs one of the two.
   */
  readonly signInUrl?: string;

  /** Scopes to request, separated by spaces. */
  readonly scope: string;
}
