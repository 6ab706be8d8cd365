import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import * as fc from 'fast-check';
import {
  binary,
  type FunctionUrlEvent,
  HttpError,
  json,
  type RouteRequest,
  routes,
  schema,
  TokenError,
  type TokenVerifier,
} from '../../lambdas/runtime';
import { classify } from '../../lambdas/runtime/http/classify';
import { packRoutes, REFUSALS, type RouteDeclaration } from '../../lib/protocol';

const ISSUER = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abc';
const IDENTITY = { issuer: ISSUER, kind: 'cognito' as const, servicePrefix: 'breakwater/' };
const DECLARED: RouteDeclaration[] = [
  {
    method: 'GET',
    path: '/products/{sku}',
    access: ['anyone'],
    parameters: { sku: { maxLength: 40 } },
    query: { page: { regex: '[1-9][0-9]?' }, q: { maxLength: 20 } },
  },
  { method: 'GET', path: '/orders', access: ['person'] },
  { method: 'POST', path: '/orders', access: ['person', 'service:till'], maxBody: 200 },
  { method: 'POST', path: '/refunds', access: ['service:till'], maxBody: 200 },
  { method: 'GET', path: '/greeting', access: ['anyone', 'person'] },
  { method: 'PUT', path: '/pictures/{id}', access: ['anyone'], maxBody: 200, contentType: 'image/png' },
  { method: 'DELETE', path: '/pictures/{id}', access: ['anyone'] },
  { method: 'GET', path: '/broken', access: ['anyone'] },
];
const TOKENS: Record<string, Record<string, unknown>> = {
  anna: { sub: 'p-1', username: 'anna', token_use: 'access', scope: 'openid' },
  till: { sub: 'client-1', client_id: 'client-1', token_use: 'access', scope: 'breakwater/till' },
  stranger: { sub: 'client-2', client_id: 'client-2', token_use: 'access', scope: 'breakwater/other' },
  scopeless: { sub: 'client-3', client_id: 'client-3', token_use: 'access' },
  pretender: { sub: 'p-2', username: 'bob', token_use: 'access', scope: 'breakwater/till' },
};
const verifier: TokenVerifier = {
  async verify(token) {
    const claims = TOKENS[token];
    if (token === 'down') throw new TokenError('identity_unavailable', 'no keys');
    if (claims === undefined) throw new TokenError('token_invalid', 'the token is malformed or forged');
    return claims;
  },
};
const Order = schema.object({
  lines: schema.array(schema.object({ sku: schema.string({ min: 1 }), quantity: schema.integer({ min: 1 }) })),
});

let logs: Record<string, unknown>[];
let seen: RouteRequest[];
const note = (request: RouteRequest) => {
  seen.push(request);
  return json(200, { caller: request.caller.kind });
};

beforeEach(() => {
  logs = [];
  seen = [];
});

const environment = {
  BREAKWATER_ROUTES: packRoutes(DECLARED),
  BREAKWATER_IDENTITY: JSON.stringify(IDENTITY),
  BREAKWATER_NAME: 'Shop',
};
const table = {
  'GET /products/{sku}': (request: RouteRequest) => {
    seen.push(request);
    return json(200, { sku: request.params['sku'] }, { cacheControl: 'public, max-age=300' });
  },
  'GET /orders': note,
  'POST /orders': { body: Order, handle: note },
  'POST /refunds': note,
  'GET /greeting': note,
  'PUT /pictures/{id}': note,
  'DELETE /pictures/{id}': () =>
    binary(200, new Uint8Array([0, 255]), { contentType: 'image/png', fileName: 'a "b"\r\nx: y.png' }),
  'GET /broken': () => {
    throw new Error('secret: the password is swordfish');
  },
};
const handler = (verify: TokenVerifier = verifier) =>
  routes(table, {
    environment,
    verifier: verify,
    log: (level, event, fields) => void logs.push({ level, event, ...fields }),
  });

function request(
  method: string,
  path: string,
  more: Partial<FunctionUrlEvent> & { token?: string } = {},
): FunctionUrlEvent {
  const [rawPath, rawQueryString = ''] = path.split('?') as [string, string?];
  const headers = { ...more.headers, ...(more.token === undefined ? {} : { 'x-breakwater-token': more.token }) };
  return { rawPath, rawQueryString, requestContext: { requestId: 'r-1', http: { method } }, ...more, headers };
}
const sha = (body: string | Buffer) => createHash('sha256').update(body).digest('hex');
const post = (path: string, body: string, token?: string, headers: Record<string, string> = {}) =>
  request('POST', path, {
    token,
    body,
    headers: { 'content-type': 'application/json', 'x-amz-content-sha256': sha(body), ...headers },
  });
const context = { getRemainingTimeInMillis: () => 5_000 };
const call = async (event: FunctionUrlEvent, verify?: TokenVerifier) => {
  const result = await handler(verify)(event, context);
  return { ...result, json: result.body === '' || result.isBase64Encoded ? undefined : JSON.parse(result.body) };
};
const code = async (event: FunctionUrlEvent) => {
  const { statusCode, json: body } = await call(event);
  return `${statusCode} ${body?.error?.code}`;
};

describe('when it loads', () => {
  test.each([
    ['a route without a handler', { ...table, 'GET /orders': undefined }, "no handler for 'GET /orders'"],
    ['a handler without a route', { ...table, 'GET /more': note }, "no declared route for 'GET /more'"],
  ])('%s is named', (_, given, message) => {
    const defined = Object.fromEntries(
      Object.entries(given).filter(([, entry]) => entry !== undefined),
    ) as unknown as typeof table;
    expect(() => routes(defined, { environment })).toThrow(message);
  });

  test.each<[string, string, Parameters<typeof routes>[0], string]>([
    [
      'a handler for persons behind a route that also lets a service in',
      'POST /orders',
      { 'POST /orders': { caller: 'person', handle: note } },
      "'POST /orders' states caller 'person', but its route also allows service:till: state that kind too, or change the route's access",
    ],
    [
      'a handler for services behind a route for anyone and persons',
      'GET /greeting',
      { 'GET /greeting': { caller: ['service'], handle: note } },
      "'GET /greeting' states caller 'service', but its route also allows anyone, person",
    ],
    [
      'a handler that states other query parameters',
      'GET /products/{sku}',
      { 'GET /products/{sku}': { query: ['q', 'size'], handle: note } },
      "'GET /products/{sku}' states the query parameters 'q', 'size', but its route declares 'page', 'q': state the same",
    ],
  ])('%s is named', (_, name, given, message) => {
    const declared = DECLARED.filter(({ method, path }) => `${method} ${path}` === name);
    expect(() => routes(given, { environment: { ...environment, BREAKWATER_ROUTES: packRoutes(declared) } })).toThrow(
      message,
    );
  });

  test('a handler may state more kinds of callers than its route lets in', () => {
    const given = { 'POST /orders': { caller: ['person', 'service', 'anyone'] as const, handle: note } };
    const declared = DECLARED.filter(({ method, path }) => `${method} ${path}` === 'POST /orders');
    expect(() =>
      routes(given, { environment: { ...environment, BREAKWATER_ROUTES: packRoutes(declared) } }),
    ).not.toThrow();
  });

  test('routes must be declared, as JSON, and callers need an identity', () => {
    expect(() => routes({}, { environment: {} })).toThrow('BREAKWATER_ROUTES must be set');
    expect(() => routes({}, { environment: { BREAKWATER_ROUTES: '{' } })).toThrow('BREAKWATER_ROUTES must be JSON');
    expect(() => routes(table, { environment: { ...environment, BREAKWATER_IDENTITY: '' } })).toThrow(
      'BREAKWATER_IDENTITY must be set',
    );
  });

  test('keys are fetched in advance only with provisioned capacity', () => {
    const preload = jest.fn(async () => undefined);
    routes(table, { environment, verifier: { ...verifier, preload } });
    expect(preload).not.toHaveBeenCalled();
    routes(table, {
      environment: { ...environment, AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' },
      verifier: { ...verifier, preload },
    });
    expect(preload).toHaveBeenCalledTimes(1);
  });
});

describe('routing', () => {
  test('parameters are decoded, declared query parameters read, caching as the handler says', async () => {
    const answer = await call(request('GET', '/products/a%2Fb?q=red%20hat&page=2'));
    expect(answer).toMatchObject({
      statusCode: 200,
      json: { sku: 'a/b' },
      headers: { 'cache-control': 'public, max-age=300' },
    });
    expect(seen[0]).toMatchObject({
      query: { q: 'red hat', page: '2' },
      method: 'GET',
      requestId: 'r-1',
      caller: { kind: 'anyone' },
    });
    expect(seen[0]!.remainingMs()).toBe(5_000);
  });

  test('HEAD is GET without the body', async () => {
    expect(await call(request('HEAD', '/products/x'))).toMatchObject({ statusCode: 200, body: '' });
    expect(await call(request('HEAD', '/broken'))).toMatchObject({ statusCode: 500, body: '' });
  });

  test('unknown paths, methods and query parameters', async () => {
    expect(await code(request('GET', '/nothing'))).toBe('404 not_found');
    expect(await code(request('GET', '/products/%ff'))).toBe('404 not_found');
    expect(await call(request('PATCH', '/orders', { token: 'anna' }))).toMatchObject({
      statusCode: 405,
      headers: { allow: 'GET, HEAD, POST' },
    });
    expect(await code(request('GET', '/products/x?r=1'))).toBe('400 unknown_query');
    expect(await code(request('GET', '/products/x?__proto__=1'))).toBe('400 unknown_query');
    expect(await code(request('GET', '/products/x?q=1&q=2'))).toBe('400 repeated_query');
    expect(await code(request('GET', '/products/x?page=01'))).toBe('400 invalid_query');
    expect(await code(request('GET', '/products/x?page='))).toBe('400 invalid_query');
    expect(await code(request('GET', `/products/x?q=${'a'.repeat(21)}`))).toBe('400 invalid_query');
    expect(await code(request('GET', `/products/${'a'.repeat(41)}`))).toBe('404 not_found');
    expect(seen).toHaveLength(0);
  });

  test('bytes go out as base64 under a name that cannot break the header', async () => {
    const answer = await call(request('DELETE', '/pictures/1', { headers: { 'x-amz-content-sha256': sha('') } }));
    expect(answer).toMatchObject({ isBase64Encoded: true, body: 'AP8=' });
    expect(answer.headers['content-disposition']).toBe(
      `attachment; filename="a__b___x__y.png"; filename*=UTF-8''a%20%22b%22%0D%0Ax%3A%20y.png`,
    );
  });

  test('any error becomes a 500 that contains only the request’s id', async () => {
    const answer = await call(request('GET', '/broken'));
    expect(answer).toMatchObject({ statusCode: 500, json: { error: { code: 'internal', requestId: 'r-1' } } });
    expect(answer.body).not.toContain('swordfish');
    expect(logs[0]).toMatchObject({
      level: 'ERROR',
      status: 500,
      route: 'GET /broken',
      reason: 'Error',
      stack: expect.arrayContaining([expect.stringContaining('routes.test')]),
    });
    expect(JSON.stringify(logs)).not.toContain('swordfish');
  });

  test('an HttpError becomes its answer, uncached', async () => {
    const own = routes(
      {
        'GET /a': () => {
          throw new HttpError(409, 'already_paid', 'paid', { cause: new Error('x') });
        },
      },
      {
        environment: { BREAKWATER_ROUTES: packRoutes([{ method: 'GET', path: '/a', access: ['anyone'] }]) },
        log: () => undefined,
      },
    );
    expect(await own(request('GET', '/a'), context)).toMatchObject({
      statusCode: 409,
      headers: { 'cache-control': 'no-store' },
      body: '{"error":{"code":"already_paid","message":"paid"}}',
    });
  });
});

describe('callers', () => {
  test.each([
    ['GET /orders', undefined, '401 token_missing'],
    ['GET /orders', 'forged', '401 token_invalid'],
    ['GET /orders', 'down', '503 identity_unavailable'],
    ['GET /orders', 'anna', '200 undefined'],
    ['GET /orders', 'till', '403 access_denied'],
    ['GET /orders', 'scopeless', '403 access_denied'],
    ['POST /refunds', 'till', '200 undefined'],
    ['POST /refunds', 'anna', '403 access_denied'],
    ['POST /refunds', 'pretender', '403 access_denied'],
    ['POST /refunds', 'stranger', '403 access_denied'],
    ['GET /greeting', undefined, '200 undefined'],
    ['GET /greeting', 'forged', '401 token_invalid'],
    ['GET /products/x', 'forged', '200 undefined'],
  ])('%s with the token %s: %s', async (route, token, expected) => {
    const [method, path] = route.split(' ') as [string, string];
    expect(await code(method === 'POST' ? post(path, '{}', token) : request(method, path, { token }))).toBe(expected);
  });

  test('are told to the handler as they were verified, and their token is not', async () => {
    await call(request('GET', '/orders', { token: 'anna', headers: { Authorization: 'AWS4 x', Accept: 'a' } }));
    await call(post('/refunds', '{}', 'till'));
    await call(request('GET', '/greeting', { token: 'till' }));
    expect(seen.map((s) => s.caller)).toEqual([
      { kind: 'person', id: 'p-1', scopes: ['openid'], claims: TOKENS['anna'] },
      { kind: 'service', name: 'till', id: 'client-1', scopes: ['breakwater/till'] },
      { kind: 'anyone' },
    ]);
    expect(seen[0]!.headers).toEqual({ accept: 'a' });
    expect(JSON.stringify(logs)).not.toContain('p-1');
    expect(logs[1]).toMatchObject({ caller: 'service', callerName: 'till', service: 'Shop' });
  });

  test('are checked before the body, so that a refused caller learns nothing about it', async () => {
    expect(await code(post('/orders', 'not json', undefined, { 'x-amz-content-sha256': 'no' }))).toBe(
      '401 token_missing',
    );
  });

  test('for all claims, nobody is both person and service, and every service has its scope', () => {
    const claim = fc.option(
      fc.constantFrom('x', 'client', 'breakwater/till', 'openid breakwater/till', 'service-account-x'),
      { nil: undefined },
    );
    const claims = fc.record({
      sub: claim,
      username: claim,
      client_id: claim,
      azp: claim,
      scope: claim,
      preferred_username: claim,
      gty: claim,
    });
    void fc.assert(
      fc.property(claims, fc.constantFrom('cognito' as const, 'oidc' as const), (given, kind) => {
        const who = classify(given, { ...IDENTITY, kind });
        if (who?.kind === 'service') {
          expect(given.scope).toContain('breakwater/till');
          if (kind === 'cognito') expect(given.username).toBeUndefined();
        }
        if (who?.kind === 'person') {
          expect(given.sub).toBeDefined();
          expect(given.username ?? given.preferred_username).toBeDefined();
          if (kind === 'oidc') expect([given.client_id, given.azp]).not.toContain(given.sub);
        }
      }),
    );
  });
});

describe('bodies', () => {
  const good = JSON.stringify({ lines: [{ sku: 'a', quantity: 1 }] });

  test('plain and base64 arrive parsed', async () => {
    await call(post('/orders', good, 'anna'));
    await call({ ...post('/orders', good, 'anna'), body: Buffer.from(good).toString('base64'), isBase64Encoded: true });
    expect(seen.map((s) => s.body)).toEqual([JSON.parse(good), JSON.parse(good)]);
  });

  test('those of another type arrive as bytes', async () => {
    const bytes = Buffer.from([1, 200, 0]);
    const headers = { 'content-type': 'image/png; x=y', 'x-amz-content-sha256': sha(bytes) };
    await call(request('PUT', '/pictures/1', { headers, body: bytes.toString('base64'), isBase64Encoded: true }));
    expect(seen[0]!.body).toEqual(new Uint8Array(bytes));
  });

  test.each([
    ['malformed', () => post('/orders', '{"lines":', 'anna'), '400 malformed_json'],
    [
      'not UTF-8',
      () => ({
        ...post('/orders', '', 'anna', { 'x-amz-content-sha256': sha(Buffer.from([255])) }),
        body: '/w==',
        isBase64Encoded: true,
      }),
      '400 malformed_json',
    ],
    ['too large', () => post('/orders', `"${'x'.repeat(200)}"`, 'anna'), '413 body_too_large'],
    [
      'of the wrong type',
      () => post('/orders', good, 'anna', { 'content-type': 'text/plain' }),
      '415 wrong_content_type',
    ],
    [
      'without a hash',
      () => request('POST', '/orders', { token: 'anna', body: good, headers: { 'content-type': 'application/json' } }),
      '400 body_hash_missing',
    ],
    [
      'with half a hash',
      () => post('/orders', good, 'anna', { 'x-amz-content-sha256': sha(good).slice(2) }),
      '400 body_hash_missing',
    ],
    [
      'with a foreign hash',
      () => post('/orders', good, 'anna', { 'x-amz-content-sha256': sha('else') }),
      '400 body_hash_wrong',
    ],
    [
      'where none belongs',
      () => ({ ...request('GET', '/orders', { token: 'anna' }), body: 'x' }),
      '400 unexpected_body',
    ],
    ['absent where one is needed', () => post('/orders', '', 'anna'), '422 invalid_body'],
  ])('%s: refused', async (_, event, expected) => {
    expect(await code(event())).toBe(expected);
    expect(seen).toHaveLength(0);
  });

  test('of the largest size are taken, and one byte more is not, in characters of several bytes too', async () => {
    const fitting = `{"more":"${'\u00e9'.repeat(94)}"}`;
    expect(Buffer.byteLength(fitting)).toBe(199);
    expect(await code(post('/refunds', `${fitting} `, 'till'))).toBe('200 undefined');
    expect(await code(post('/refunds', `${fitting}  `, 'till'))).toBe('413 body_too_large');
    const bytes = Buffer.from(`${fitting}  `);
    const wrapped = {
      ...post('/refunds', bytes.toString(), 'till'),
      body: bytes.toString('base64'),
      isBase64Encoded: true,
    };
    expect(await code(wrapped)).toBe('413 body_too_large');
  });

  test.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['half a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a sequence that ends early', [0x22, 0xe2, 0x82, 0x22]],
  ])('with %s are no UTF-8', async (_, values) => {
    const bytes = Buffer.from(values);
    const headers = { 'content-type': 'application/json', 'x-amz-content-sha256': sha(bytes) };
    const event = request('POST', '/refunds', {
      token: 'till',
      headers,
      body: bytes.toString('base64'),
      isBase64Encoded: true,
    });
    expect(await code(event)).toBe('400 malformed_json');
    expect(seen).toHaveLength(0);
  });

  test('that are absent need the hash of nothing', async () => {
    const empty = (stated: string) => request('DELETE', '/pictures/1', { headers: { 'x-amz-content-sha256': stated } });
    expect((await call(empty(sha('')))).statusCode).toBe(200);
    expect(await code(empty(sha('x')))).toBe('400 body_hash_wrong');
    expect(await code(empty('UNSIGNED-PAYLOAD'))).toBe('400 body_hash_missing');
    expect(await code(empty(sha('').toUpperCase()))).toBe('400 body_hash_missing');
    expect(await code(request('DELETE', '/pictures/1'))).toBe('400 body_hash_missing');
  });

  test('that do not fit are answered field by field', async () => {
    const answer = await call(post('/orders', '{"lines":[{"sku":"a","quantity":1},{"sku":7}],"more":1}', 'anna'));
    expect(answer).toMatchObject({ statusCode: 422 });
    expect(answer.json.error.issues).toEqual([
      { path: 'lines[1].sku', message: 'must be a string', got: '7' },
      { path: 'lines[1].quantity', message: 'must be a whole number', got: 'nothing' },
      { path: 'more', message: 'is not a known field', got: '1' },
    ]);
  });

  test('any bytes get an answer that is no 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 250 }), fc.boolean(), async (bytes, hashed) => {
        const body = Buffer.from(bytes);
        const headers = {
          'content-type': 'application/json',
          ...(hashed ? { 'x-amz-content-sha256': sha(body) } : {}),
        };
        const answer = await call(
          request('POST', '/orders', { token: 'anna', headers, body: body.toString('base64'), isBase64Encoded: true }),
        );
        expect(answer.statusCode).toBeLessThan(500);
      }),
    );
  });
});

describe('tokens against the keys of an issuer', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: ISSUER,
    sub: 'p-1',
    username: 'anna',
    token_use: 'access',
    exp: now + 600,
    iat: now,
    scope: 'openid',
  };
  const token = (payload: object, key: KeyObject = privateKey, header: object = { alg: 'RS256', kid: 'k1' }) => {
    const text = `${encode(header)}.${encode(payload)}`;
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
  };
  const hs256 = () => {
    const text = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(claims)}`;
    const pem = publicKey.export({ format: 'pem', type: 'spki' });
    return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
  };
  const fetchedBy = jest.fn();
  let discovered: object = {};
  const withKeys = async (event: FunctionUrlEvent, identity: object = IDENTITY, times = 1) => {
    const { SimpleFetcher } = jest.requireActual<typeof import('aws-jwt-verify/https')>('aws-jwt-verify/https');
    const spy = jest.spyOn(SimpleFetcher.prototype, 'fetch').mockImplementation(async (uri) => {
      fetchedBy(uri);
      const answer = uri.endsWith('/openid-configuration') ? discovered : keys;
      return new TextEncoder().encode(JSON.stringify(answer)).buffer as ArrayBuffer;
    });
    try {
      const own = routes(table, {
        environment: { ...environment, BREAKWATER_IDENTITY: JSON.stringify(identity) },
        log: (level, event_, fields) => void logs.push({ level, event_, ...fields }),
      });
      const answers: string[] = [];
      for (let i = 0; i < times; i++) {
        const { statusCode, body } = await own(event, context);
        answers.push(`${statusCode} ${JSON.parse(body).error?.code}`);
      }
      return answers.join(', ');
    } finally {
      spy.mockRestore();
    }
  };

  test.each([
    ['good', () => token(claims), '200 undefined'],
    ['expired', () => token({ ...claims, exp: now - 10 }), '401 token_expired'],
    ['of another issuer', () => token({ ...claims, iss: 'https://example.com' }), '401 token_foreign'],
    ['signed by somebody else', () => token(claims, other), '401 token_invalid'],
    ['signed with the public key as a secret', hs256, '401 token_invalid'],
    ['unsigned', () => `${encode({ alg: 'none', kid: 'k1' })}.${encode(claims)}.`, '401 token_malformed'],
    ['of an unknown key', () => token(claims, privateKey, { alg: 'RS256', kid: 'k2' }), '401 token_invalid'],
    ['without an expiry', () => token({ ...claims, exp: undefined }), '401 token_invalid'],
    [
      'with an unknown critical extension',
      () => token(claims, privateKey, { alg: 'RS256', kid: 'k1', crit: ['b64'], b64: false }),
      '401 token_invalid',
    ],
    ['an id token', () => token({ ...claims, token_use: 'id' }), '401 token_invalid'],
    ['no token at all', () => 'garbage', '401 token_malformed'],
  ])('%s', async (_, made, expected) => {
    expect(await withKeys(request('GET', '/orders', { token: made() }))).toBe(expected);
    expect(JSON.stringify(logs)).not.toContain(made().slice(0, 30));
  });

  test('tokens of unknown keys are refused as invalid, the second too, and the keys are not fetched again at once', async () => {
    fetchedBy.mockClear();
    const made = token(claims, privateKey, { alg: 'RS256', kid: 'new' });
    expect(await withKeys(request('GET', '/orders', { token: made }), IDENTITY, 2)).toBe(
      '401 token_invalid, 401 token_invalid',
    );
    expect(fetchedBy).toHaveBeenCalledTimes(1);
  });

  test('a foreign issuer’s tokens need the audience, and their keys are where it says', async () => {
    const identity = {
      issuer: 'https://id.example.com/',
      kind: 'oidc',
      audience: 'shop',
      servicePrefix: 'breakwater/',
      jwksUri: 'https://id.example.com/keys',
    };
    const payload = { iss: identity.issuer, sub: 'u-1', email: 'anna@example.com', exp: now + 600, aud: 'shop' };
    expect(await withKeys(request('GET', '/orders', { token: token(payload) }), identity)).toBe('200 undefined');
    expect(fetchedBy).toHaveBeenLastCalledWith(identity.jwksUri);
    expect(await withKeys(request('GET', '/orders', { token: token({ ...payload, aud: 'else' }) }), identity)).toBe(
      '401 token_foreign',
    );
  });

  describe('of an issuer that states no address of its keys', () => {
    const identity = { issuer: 'https://id.example.com/realm', kind: 'oidc', audience: 'shop', servicePrefix: 'b/' };
    const asked = () => {
      const payload = { iss: identity.issuer, sub: 'u-1', email: 'anna@example.com', exp: now + 600, aud: 'shop' };
      return request('GET', '/orders', { token: token(payload) });
    };

    test('are verified with the keys that its discovery document names', async () => {
      discovered = { issuer: identity.issuer, jwks_uri: 'https://id.example.com/certs' };
      fetchedBy.mockClear();
      expect(await withKeys(asked(), identity)).toBe('200 undefined');
      expect(fetchedBy.mock.calls).toEqual([
        ['https://id.example.com/realm/.well-known/openid-configuration'],
        ['https://id.example.com/certs'],
      ]);
    });

    test.each([
      ['of another issuer', { issuer: 'https://else.example.com', jwks_uri: 'https://id.example.com/certs' }],
      [
        'with keys that anybody on the way could change',
        { issuer: identity.issuer, jwks_uri: 'http://id.example.com' },
      ],
      ['without keys', { issuer: identity.issuer }],
    ])('are not trusted by a document %s', async (_, document) => {
      discovered = document;
      expect(await withKeys(asked(), identity)).toBe('503 identity_unavailable');
      expect(logs.at(-1)).toMatchObject({
        cause: expect.stringMatching(/^IssuerUnavailable: https:.*configuration must have .*, got '/),
      });
    });

    test('that cannot be reached: the log names the address and the cause, the answer does not', async () => {
      const issuer = 'https://127.0.0.1:1';
      const own = routes(table, {
        environment: { ...environment, BREAKWATER_IDENTITY: JSON.stringify({ ...identity, issuer }) },
        log: (level, event_, fields) => void logs.push({ level, event_, ...fields }),
      });
      const payload = { iss: issuer, sub: 'u-1', email: 'anna@example.com', exp: now + 600, aud: 'shop' };
      const { statusCode, body } = await own(request('GET', '/orders', { token: token(payload) }), context);
      expect([statusCode, JSON.parse(body).error]).toEqual([
        503,
        { code: 'identity_unavailable', message: REFUSALS.identity_unavailable.message },
      ]);
      expect(logs.at(-1)).toMatchObject({
        cause: expect.stringMatching(
          /^IssuerUnavailable: Failed to fetch https:\/\/127\.0\.0\.1:1\/\.well-known\/openid-configuration: .*ECONNREFUSED/,
        ),
      });
    });
  });
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'rawPath must be a string, got undefined'],
  ['an empty object', {}, 'rawPath must be a string, got undefined'],
  ['no headers', { rawPath: '/orders' }, 'headers must be an object, got undefined'],
  ['no request context', { rawPath: '/orders', headers: {} }, 'requestContext.requestId must be a string'],
  [
    'no method',
    { rawPath: '/orders', headers: {}, requestContext: { requestId: 'r-1' } },
    'requestContext.http.method must be a string',
  ],
])('an event with %s ends in an error that says so', async (_, event, message) => {
  const greet = routes(
    { 'GET /greeting': { handle: note } },
    {
      environment: { BREAKWATER_ROUTES: packRoutes([{ method: 'GET', path: '/greeting', access: ['anyone'] }]) },
      log: () => undefined,
    },
  );
  await expect(greet(event as FunctionUrlEvent, { getRemainingTimeInMillis: () => 5_000 })).rejects.toThrow(
    `routes() must be invoked with a function URL event (payload format 2.0): ${message}`,
  );
});
