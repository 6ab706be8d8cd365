import { accessToken, forgetSession } from './session.js';

/** The error of a failed request, with a message for people. */
export class ApiError extends Error {
  constructor(status, code, message, answer = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.answer = answer;
  }
}

const BUSY = 'It is very busy just now. Please try again in a moment.';
const BROKEN = 'Something went wrong on our side. Please try again.';
const FRIENDLY = {
  401: 'Please sign in again.',
  403: 'You may not do that.',
  404: 'We couldn’t find that.',
  413: 'That is more than we can take at once.',
  429: BUSY,
  503: BUSY,
};

/**
 * Calls the shop. A body is sent with its SHA-256 hash. CloudFront's signature includes the hash,
 * so nobody can change the body on the way to the function.
 * @throws ApiError if the answer isn't a success of the expected type
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
  if (response.ok && as === 'blob') return response.blob();
  // CloudFront's own error pages are HTML.
  const answer = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  if (response.status === 401) forgetSession();
  const error = answer?.error ?? {};
  const message =
    FRIENDLY[response.status] ?? (response.ok || response.status >= 500 ? BROKEN : (error.message ?? BROKEN));
  throw new ApiError(response.status, error.code, message, answer);
}

async function sha256(bytes) {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
