import { createHash, createHmac } from 'node:crypto';

/** A hostile request, and the required refusal. */
export interface HostileRequest {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Status that refuses it. */
  readonly status: number;
  /** Words of the answer that state the reason. */
  readonly says?: RegExp;
}

/** Tokens that the requests below carry. */
export interface Tokens {
  readonly pointOfSale: string;
  readonly person: string;
  readonly expired: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Headers of a call as an honest client sends them. */
export function honest(token: string, body: string): Record<string, string> {
  return { ...bearer(token), 'content-type': 'application/json', 'x-amz-content-sha256': sha256(body) };
}

/** The token with another payload under the old signature. */
function tampered(token: string): string {
  const [head, payload, signature] = token.split('.') as [string, string, string];
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  return [head, Buffer.from(JSON.stringify({ ...claims, sub: 'somebody-else' })).toString('base64url'), signature].join(
    '.',
  );
}

/** A token with valid claims, signed with a key of our own. By default its header names a key of the pool. */
function homemade(token: string, claims: Record<string, unknown>, header: Record<string, unknown>): string {
  const payload = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const original = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as Record<string, unknown>;
  const signed = `${encode({ ...original, ...header })}.${encode({ ...payload, ...claims })}`;
  return `${signed}.${createHmac('sha256', 'not the pool').update(signed).digest('base64url')}`;
}

/** All hostile requests. `sku` is an existing product. */
export function hostileRequests(tokens: Tokens, sku: string): HostileRequest[] {
  const order = JSON.stringify({ idempotencyKey: 'hostile-0001', lines: [{ sku, quantity: 1 }], total: '1.00' });
  const post = (
    what: string,
    status: number,
    body: string,
    headers: Record<string, string>,
    says?: RegExp,
    path = '/checkout',
  ) => ({
    what,
    method: 'POST',
    path,
    headers,
    body,
    status,
    says,
  });
  const asPerson = (what: string, status: number, body: unknown, says?: RegExp): HostileRequest => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return post(what, status, text, honest(tokens.person, text), says);
  };
  const withToken = (what: string, token: string): HostileRequest => post(what, 401, order, honest(token, order));
  const { 'x-amz-content-sha256': _hash, ...unhashed } = honest(tokens.person, order);
  const large = JSON.stringify({
    idempotencyKey: 'hostile-0002',
    lines: [{ sku: 'x'.repeat(300_000), quantity: 1 }],
    total: '1.00',
  });
  const tooMany = JSON.stringify({
    idempotencyKey: 'hostile-0008',
    lines: Array(501).fill({ sku, quantity: 1 }),
    total: '1.00',
  });
  const refund = JSON.stringify({
    orderId: 'C999999',
    placedAt: '2010-12-01T09:00:00',
    country: 'France',
    lines: [{ sku, description: 'x', quantity: 1, unitPrice: '1.00' }],
  });
  return [
    asPerson('malformed JSON', 400, '{"lines": [', /json/i),
    asPerson('a body that is no object', 422, '"order"'),
    asPerson('no lines', 422, { idempotencyKey: 'hostile-0003', lines: [], total: '1.00' }, /lines/),
    asPerson(
      'a quantity of the wrong type',
      422,
      { idempotencyKey: 'hostile-0004', lines: [{ sku, quantity: '2' }], total: '1.00' },
      /lines\[0\]\.quantity/,
    ),
    asPerson(
      'a quantity of nothing',
      422,
      { idempotencyKey: 'hostile-0005', lines: [{ sku, quantity: 0 }], total: '1.00' },
      /lines\[0\]\.quantity/,
    ),
    asPerson(
      'a product that does not exist',
      422,
      { idempotencyKey: 'hostile-0006', lines: [{ sku: 'no-such', quantity: 1 }], total: '1.00' },
      /lines\[0\]\.sku/,
    ),
    asPerson(
      'a price set by a person',
      422,
      { idempotencyKey: 'hostile-0007', lines: [{ sku, quantity: 1, unitPrice: '0.01' }], total: '1.00' },
      /unitPrice/,
    ),
    asPerson('a total that no product has', 409, order, /price_changed/),
    asPerson('a total that is no amount', 422, order.replace('"1.00"', '"1.005"'), /total/),
    asPerson('an address of somebody else', 422, order.replace('{', '{"email":"victim@example.com",'), /email/),
    asPerson('40 KB of nested lists', 422, `{"lines":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, /lines/),
    asPerson('more lines than a basket has', 422, tooMany, /lines/),
    asPerson('an oversize body', 413, large),
    post('no body hash', 400, order, unhashed, /sha256/i),
    post('a malformed body hash', 400, order, { ...unhashed, 'x-amz-content-sha256': 'zz' }, /sha256/i),
    post('a wrong body hash', 403, order, { ...unhashed, 'x-amz-content-sha256': sha256('other') }),
    post('a foreign content type', 415, order, { ...honest(tokens.person, order), 'content-type': 'text/plain' }),
    post('no token', 401, order, { 'content-type': 'application/json', 'x-amz-content-sha256': sha256(order) }),
    withToken('a token that is no token', 'not.a.token'),
    withToken('an expired token', tokens.expired),
    withToken('a token with changed claims', tampered(tokens.person)),
    withToken('a token signed with another key', homemade(tokens.person, {}, {})),
    withToken('a token that chose its own algorithm', homemade(tokens.person, {}, { alg: 'HS256' })),
    withToken('a token without a signature', `${homemade(tokens.person, {}, { alg: 'none' }).replace(/[^.]*$/, '')}`),
    // One request only: a second unknown key soon after gets 503, because the key might be new.
    withToken('a token of a key that the pool has not', homemade(tokens.person, {}, { kid: 'mine' })),
    withToken('a token of a foreign issuer', homemade(tokens.person, { iss: 'https://issuer.example' }, {})),
    post('a forged inner token header', 401, order, {
      'content-type': 'application/json',
      'x-amz-content-sha256': sha256(order),
      'x-breakwater-token': tokens.person,
    }),
    post('a person who makes a refund', 403, refund, honest(tokens.person, refund), undefined, '/refunds'),
    post(
      'a person who would change the catalogue',
      403,
      '{"products":[]}',
      honest(tokens.person, '{"products":[]}'),
      undefined,
      '/catalogue',
    ),
    {
      what: 'a service where a person belongs',
      method: 'GET',
      path: '/orders',
      headers: bearer(tokens.pointOfSale),
      status: 403,
    },
    { what: 'orders without a token', method: 'GET', path: '/orders', status: 401 },
    { what: 'an unknown route', method: 'GET', path: '/admin', status: 404 },
    ...['01', '1e0', '0x1', '+1'].map((page) => ({
      what: `another spelling of page 1, ${page}`,
      method: 'GET',
      path: `/search?q=red&page=${encodeURIComponent(page)}`,
      status: 404,
    })),
    {
      what: 'an unknown route below a known one',
      method: 'GET',
      path: '/orders/1/refund',
      headers: bearer(tokens.person),
      status: 404,
    },
    {
      what: 'a method that the route lacks',
      method: 'DELETE',
      path: '/orders',
      headers: bearer(tokens.person),
      status: 404,
    },
    { what: 'a query parameter that the route lacks', method: 'GET', path: '/search?q=red&debug=1', status: 404 },
  ];
}
