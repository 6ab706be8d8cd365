import { randomUUID } from 'node:crypto';
import { BODY_HASH_HEADER } from '../lib/protocol';
import { selectCookies, selectHeaders, selectQuery } from './edge-cache';
import type { BehaviorModel, DistributionModel, EdgeRequest } from './model';

/** Hop-by-hop headers, which CloudFront doesn't forward. */
const HOP_HEADERS = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'proxy-authorization',
];

/**
 * Makes the request for the origin. It contains the headers, cookies and parameters that the cache
 * policy or the origin request policy selects.
 */
export function originRequest(model: DistributionModel, behavior: BehaviorModel, request: EdgeRequest): EdgeRequest {
  const { cache, originRequest: policy } = behavior;
  const none = { behavior: 'none', names: [] } as const;
  const headers: Record<string, string> = {
    ...selectHeaders(cache.headers, request.headers),
    ...selectHeaders(policy?.headers ?? none, request.headers),
  };
  // These headers are always forwarded, because they belong to the body and its signature.
  for (const name of ['content-type', 'content-length', BODY_HASH_HEADER]) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  for (const name of HOP_HEADERS) delete headers[name];
  // `accept-encoding` isn't forwarded, because the simulated CloudFront compresses answers itself.
  delete headers['accept-encoding'];
  delete headers['if-none-match'];
  const cookies = [cache.cookies, policy?.cookies ?? none].map((selection) =>
    selectCookies(selection, request.headers['cookie'] ?? ''),
  );
  const cookie = cookies[1] !== '' ? cookies[1] : cookies[0];
  if (cookie) headers['cookie'] = cookie;
  const inKey = selectQuery(cache.queryStrings, request.query);
  const added = selectQuery(policy?.queryStrings ?? none, request.query);
  const root = request.path === '/' && model.defaultRootObject !== '';
  return {
    ...request,
    path: root ? `/${model.defaultRootObject}` : request.path,
    query: added.length >= inKey.length ? added : inKey,
    headers: {
      ...headers,
      'x-forwarded-for': request.ip,
      'user-agent': headers['user-agent'] ?? 'Amazon CloudFront',
      via: `2.0 ${model.domainName} (CloudFront)`,
      'x-amz-cf-id': randomUUID(),
    },
  };
}
