import type { Construct } from 'constructs';
import { type IIdentity, scopeOfClient } from '../../identity';
import { invalid } from '../../validation';

/** A site's sign-in: the values for `/config.json`, and the address of the sign-in pages. */
export interface SiteSignIn {
  readonly config: { [name: string]: string };
  readonly signInUrl: string;
}

/**
 * Adds a client for a site to the identity.
 * @param hostNames hosts of the site; names with wildcards are ignored, because a callback URL must
 * be exact
 * @throws BreakwaterError if there is no identity, or if the address of its sign-in pages is
 * unknown
 */
export function addSiteSignIn(
  scope: Construct,
  identity: IIdentity | undefined,
  hostNames: readonly string[],
): SiteSignIn {
  if (!identity) {
    throw invalid(
      scope,
      'site.signIn',
      "must be false if no 'identity' is set, got true; set 'identity' so that people can sign in",
    );
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
      "needs the identity's 'signInUrl', got an identity without it; set the https address at which the issuer answers /oauth2/authorize and /oauth2/token, because pages can connect only to that address",
    );
  }
  return { config: { clientId: client.clientId, scope: client.scope, signInUrl }, signInUrl };
}
