import { accessToken, forgetSession } from './session.js';

/** What went wrong, in words for a person. */
export class ApiError extends Error {
  constructor(status, code, message, issues = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.issues = issues;
  }
}

const FRIENDLY = {
  401: 'Please sign in again.',
  403: 'You may not do that.',
  404: 'We couldn’t find that.',
  413: 'That is more than we can take at once.',
  429: 'It is very busy just now. Please try again in a moment.',
  503: 'It is very busy just now. Please try again in a moment.',
};

/**
 * Calls the shop. A body is sent with its SHA-256, which the edge signs on its way to the function, so that nobody in
 * between can change it.
 */
export async function call(path, { method = 'GET', body, signedIn = false, as = 'json' } = {}) {
  const headers = {};
  let payload;
  if (body !== undefined) {
    payload = new TextEncoder().encode(JSON.stringify(body));
    headers['content-type'] = 'application/json';
    headers['x-amz-content-sha256'] = await sha256(payload);
  }
  if (signedIn) {
    const token = accessToken();
    if (!token) throw new ApiError(401, 'signed_out', FRIENDLY[401]);
    headers.authorization = `Bearer ${token}`;
  }
  let response;
  try {
    response = await fetch(path, { method, headers, body: payload });
  } catch {
    throw new ApiError(0, 'offline', 'The shop can’t be reached. Are you online?');
  }
  if (response.ok) return as === 'blob' ? response.blob() : response.json();
  if (response.status === 401) forgetSession();
  const error = (await response.json().catch(() => ({}))).error ?? {};
  const message = FRIENDLY[response.status] ?? error.message ?? 'Something went wrong on our side. Please try again.';
  throw new ApiError(response.status, error.code, message, error.issues);
}

async function sha256(bytes) {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
