// Sign-in with the authorization code and PKCE (RFC 7636): this flow needs no secret, and a stolen
// code can't be used. Tokens are in sessionStorage, so closing the tab deletes them.

const TOKEN = 'breakwater.session';
const PENDING = 'breakwater.signing-in';
/** A token counts as expired this many milliseconds before its end. */
const MARGIN = 30_000;

let config;

/** Reads the address of the sign-in pages. Without it, nobody can sign in or order. */
export async function loadConfig() {
  try {
    const response = await fetch('/config.json', { cache: 'no-cache' });
    config = response.ok ? await response.json() : undefined;
  } catch {
    config = undefined;
  }
}

export const canSignIn = () => Boolean(config?.clientId && typeof config.signInUrl === 'string');

export function accessToken() {
  const session = read(TOKEN);
  if (!session || session.expires < Date.now() + MARGIN) return undefined;
  return session.token;
}

export const forgetSession = () => sessionStorage.removeItem(TOKEN);

/** Opens the sign-in page. After the sign-in, the address `back` is shown. */
export async function signIn(back = location.search + location.hash) {
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
 * Reads the answer of the sign-in page from the address, and removes it from the address. An answer
 * with a `state` that this tab didn't create is ignored, because anybody can make a link with such
 * an answer. Texts in the address are never shown.
 * @returns whether the person has just signed in
 * @throws Error with a message for people if the sign-in failed
 */
export async function finishSignIn() {
  const query = new URLSearchParams(location.search);
  if (!query.has('code') && !query.has('error')) return false;
  const pending = read(PENDING);
  const isOurs = pending !== undefined && pending.state === query.get('state');
  history.replaceState(null, '', `/${isOurs ? pending.back : ''}`);
  if (!isOurs) return false;
  sessionStorage.removeItem(PENDING);
  if (query.has('error')) throw new Error('You are not signed in. Please try again.');
  if (!canSignIn()) throw new Error('Signing in didn’t work. Please try again.');
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
  }).catch(() => undefined);
  const answer = response?.ok ? await response.json().catch(() => ({})) : {};
  if (!answer.access_token) throw new Error('Signing in didn’t work. Please try again.');
  const session = { token: answer.access_token, expires: Date.now() + answer.expires_in * 1000 };
  sessionStorage.setItem(TOKEN, JSON.stringify(session));
  return true;
}

/** Ends the session in this tab and at the issuer. */
export function signOut() {
  forgetSession();
  if (!canSignIn()) return location.assign('/');
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
