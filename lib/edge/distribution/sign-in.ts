import type { Construct } from 'constructs';
import { type IIdentity, scopeOfClient } from '../../identity';
import { invalid } from '../../validation';

/** A site's sign-in: the values for `/config.json`, and the address to which pages may connect. */
export interface SiteSignIn {
  readonly config: { [name: string]: string };
  readonly signInUrl: string;
}

/**
 * Adds a client for a site to the identity.
 * @param hostNames hosts of the site; names with wildcards are ignored, because a callback needs an
 * exact address
 * @throws BreakwaterError if there is no identity, or no address of its sign-in pages
 */
export function addSiteSignIn(
  scope: Construct,
  identity: IIdentity | undefined,
  hostNames: readonly string[],
): SiteSignIn {
  if (!identity) {
    throw invalid(scope, 'site.signIn', "must be false without an 'identity' that people can sign in with, got true");
  }
  const client = identity.addSignIn('Site', {
    callbackUrls: hostNames.filter((name) => !name.startsWith('*')).map((name) => `https://${name}/`),
    scope: scopeOfClient(scope, identity),
  });
  const signInUrl = client.signInUrl ?? identity.signInUrl;
  if (signInUrl === undefined) {
    throw invalid(
      scope,
      'site.signIn',
      "needs the identity's 'signInUrl', got an identity without it; give the https address whose /oauth2/authorize and /oauth2/token the issuer answers, because pages may connect to no other",
    );
  }
  return { config: { clientId: client.clientId, scope: client.scope, signInUrl }, signInUrl };
}
