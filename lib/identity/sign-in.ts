/** A page that people sign in to, and where the issuer may send them back. */
export interface SignInOptions {
  /**
   * Addresses that the issuer returns to with a code: exactly as they are called, `https://...` (or
   * `http://localhost...`).
   */
  readonly callbackUrls: string[];

  /**
   * Addresses that the issuer returns to after a sign-out.
   * @default - the callback addresses
   */
  readonly logoutUrls?: string[];
}

/** What a page must know to sign a person in; nothing of it is secret. */
export interface SignInClient {
  /** The page's client, public: it proves itself by PKCE. */
  readonly clientId: string;

  /**
   * Address of the issuer's sign-in pages: `/oauth2/authorize`, `/oauth2/token` and `/logout`
   * follow it. Pages may talk to no other.
   * @default - the identity's; a site can't be added with a sign-in if neither is there
   */
  readonly signInUrl?: string;

  /** Scopes to ask for, space between them. */
  readonly scope: string;
}
