// Sign-in by the authorization code with PKCE (RFC 7636): no secret is needed, and a stolen code is of no use.
// Tokens live in sessionStorage: they are gone with the tab.

const TOKEN = 'breakwater.session';
const PENDING = 'breakwater.signing-in';
/** Milliseconds before its end at which a token counts as over. */
const MARGIN = 30_000;

let config;

/** Reads where to sign in; without it the shop can be looked at only. */
export async function loadConfig() {
  try {
    const response = await fetch('/config.json', { cache: 'no-cache' });
    config = response.ok ? await response.json() : undefined;
  } catch {
    config = undefined;
  }
  return canSignIn();
}

export const canSignIn = () => Boolean(config?.clientId && typeof config.signInUrl === 'string');

export function accessToken() {
  const session = read(TOKEN);
  if (!session || session.expires < Date.now() + MARGIN) return undefined;
  return session.token;
}

export const forgetSession = () => sessionStorage.removeItem(TOKEN);

/** Leaves for the sign-in page; `back` is the place in the shop to return to. */
export async function signIn(back = location.hash) {
  if (!canSignIn()) throw new Error('Signing in isn’t set up for this shop.');
  const verifier = randomText(48);
  const state = randomText(16);
  sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state, back }));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: config.clientId,
    redirect_uri: redirectUri(),
    scope: config.scope ?? 'openid',
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  });
  location.assign(`${endpoint('oauth2/authorize')}?${query}`);
}

/**
 * Takes the code that the sign-in page sent along, if it did.
 * @returns where the person was before; undefined if nobody comes back from signing in
 */
export async function finishSignIn() {
  const query = new URLSearchParams(location.search);
  if (!query.has('code') && !query.has('error')) return undefined;
  const pending = read(PENDING);
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, '', `/${pending?.back ?? ''}`);
  if (query.has('error')) throw new Error(query.get('error_description') ?? 'Signing in was cancelled.');
  // A code that this tab didn't ask for may be somebody else's: nobody is signed in by a link.
  if (!pending || pending.state !== query.get('state'))
    throw new Error('Signing in was interrupted. Please try again.');
  const response = await fetch(endpoint('oauth2/token'), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: config.clientId,
      code: query.get('code'),
      redirect_uri: redirectUri(),
      code_verifier: pending.verifier,
    }),
  });
  if (!response.ok) throw new Error('Signing in didn’t work. Please try again.');
  const { access_token: token, expires_in: seconds } = await response.json();
  sessionStorage.setItem(TOKEN, JSON.stringify({ token, expires: Date.now() + seconds * 1000 }));
  return pending.back;
}

/** Ends the session here and at the sign-in page. */
export function signOut() {
  forgetSession();
  const query = new URLSearchParams({ client_id: config.clientId, logout_uri: redirectUri() });
  location.assign(`${endpoint('logout')}?${query}`);
}

const redirectUri = () => `${location.origin}/`;

const endpoint = (path) => `${config.signInUrl.replace(/\/$/, '')}/${path}`;

const randomText = (bytes) => base64url(crypto.getRandomValues(new Uint8Array(bytes)));

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

function read(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? undefined;
  } catch {
    return undefined;
  }
}
