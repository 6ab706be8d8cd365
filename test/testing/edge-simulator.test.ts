import { createHash } from 'node:crypto';
import { type EdgeLogEntry, EdgeSimulator, OriginTimeout } from '../../testing';
import {
  behavior,
  CACHED,
  distribution,
  FakeOrigin,
  FOREIGN_STATEMENTS,
  functionOrigin,
  functionStatements,
  request,
  siteOrigin,
  textOf,
} from './fixtures';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function simulate(props: Parameters<typeof distribution>[0], origin = new FakeOrigin(() => ({}))) {
  const log: EdgeLogEntry[] = [];
  let time = 0;
  const edge = new EdgeSimulator({
    model: distribution(props),
    origin,
    now: () => time,
    onRequest: (entry) => log.push(entry),
    rewrites: { 'https://sign-in.example.com': 'http://localhost:1' },
  });
  return { edge, origin, log, pass: (seconds: number) => (time += seconds * 1000) };
}

describe('behaviours', () => {
  test('the first fitting pattern applies, else the default one', async () => {
    const { edge, origin } = simulate({});
    await edge.handle(request('GET', '/api/x'));
    await edge.handle(request('GET', '/other'));
    expect(origin.asked.map((a) => a.origin)).toEqual(['module', 'site']);
  });

  test('refuses a method that the behaviour doesn’t allow', async () => {
    const { edge, origin } = simulate({});
    expect((await edge.handle(request('POST', '/other'))).status).toBe(403);
    expect(origin.asked).toEqual([]);
  });

  test('redirects plain HTTP to HTTPS', async () => {
    const { edge } = simulate({});
    const response = await edge.handle(request('GET', '/api/x?q=1', { secure: false }));
    expect(response.status).toBe(301);
    expect(response.headers['location']).toBe('https://d111.cloudfront.net/api/x?q=1');
  });

  test('the root is the default root object, and HEAD has no body', async () => {
    const { edge, origin } = simulate({});
    const response = await edge.handle(request('HEAD', '/'));
    expect(origin.asked[0]!.request.path).toBe('/index.html');
    expect(response.body).toHaveLength(0);
  });
});

describe('origin access control of a function URL', () => {
  const body = Buffer.from('{"a":1}');
  const hashed = { body, headers: { 'x-amz-content-sha256': sha256('{"a":1}') } };

  test('allows a request with both permissions', async () => {
    const { edge } = simulate({});
    expect((await edge.handle(request('POST', '/api/x', hashed))).status).toBe(200);
  });

  test.each([
    ['without lambda:InvokeFunctionUrl', functionStatements().slice(1)],
    ['without lambda:InvokeFunction', functionStatements().slice(0, 1)],
    ['with permissions of another distribution', FOREIGN_STATEMENTS],
    ['without any', []],
  ])('%s it is 403 and the origin is not asked', async (_name, statements) => {
    const { edge, origin, log } = simulate({ origins: [functionOrigin(statements), siteOrigin()] });
    expect((await edge.handle(request('GET', '/api/x'))).status).toBe(403);
    expect(origin.asked).toEqual([]);
    expect(log[0]!.reason).toMatch(/policy does not allow lambda:/);
  });

  test('refuses calls to a function URL that aren’t signed', async () => {
    const { edge, origin } = simulate({ origins: [{ ...functionOrigin(), accessControl: undefined }, siteOrigin()] });
    expect((await edge.handle(request('GET', '/api/x'))).status).toBe(403);
    expect(origin.asked).toEqual([]);
  });

  test.each([
    ['missing', {}],
    ['of another body', { 'x-amz-content-sha256': sha256('{"a":2}') }],
  ])('a stated hash that is %s is a wrong signature', async (_name, headers) => {
    const { edge, origin } = simulate({});
    const response = await edge.handle(request('POST', '/api/x', { body, headers }));
    expect(response.status).toBe(403);
    expect(textOf(response)).toContain('signature');
    expect(origin.asked).toEqual([]);
  });

  test('does not forward the viewer’s host', async () => {
    const { edge, origin } = simulate({});
    await edge.handle(request('GET', '/api/x', { headers: { host: 'localhost:1', 'x-own': 'kept', cookie: 'a=b' } }));
    const { headers } = origin.asked[0]!.request;
    expect(headers['host']).toBeUndefined();
    expect(headers['cookie']).toBeUndefined();
    expect(headers['x-own']).toBe('kept');
  });
});

describe('origin access control of a bucket', () => {
  test('asks the bucket policy for this distribution', async () => {
    const { edge, origin } = simulate({ origins: [functionOrigin(), siteOrigin({})] });
    expect((await edge.handle(request('GET', '/a.html'))).status).toBe(403);
    expect(origin.asked).toEqual([]);
  });

  test.each([
    [403, { 's3:GetObject': 'arn:aws:s3:::site/*' }],
    [404, { 's3:GetObject': 'arn:aws:s3:::site/*', 's3:ListBucket': 'arn:aws:s3:::site' }],
  ])('a missing object is %d with these rights', async (status, actions) => {
    const { edge } = simulate(
      { origins: [functionOrigin(), siteOrigin(actions)] },
      new FakeOrigin(() => ({ status: 404 })),
    );
    expect((await edge.handle(request('GET', '/none'))).status).toBe(status);
  });
});

describe('writes to a bucket', () => {
  const model = (actions: Record<string, string>) => ({
    origins: [functionOrigin(), siteOrigin(actions)],
    behaviors: [behavior('*', 'site')],
  });
  const READ = { 's3:GetObject': 'arn:aws:s3:::site/*', 's3:ListBucket': 'arn:aws:s3:::site' };

  test.each([
    ['PUT', 's3:PutObject'],
    ['DELETE', 's3:DeleteObject'],
  ])('%s needs %s, and never reaches the bucket without it', async (method, action) => {
    const reading = simulate(model(READ));
    expect((await reading.edge.handle(request(method, '/a.html'))).status).toBe(403);
    expect(reading.origin.asked).toEqual([]);
    const writing = simulate(model({ [action]: 'arn:aws:s3:::site/*' }));
    expect((await writing.edge.handle(request(method, '/a.html'))).status).toBe(200);
  });

  test.each(['POST', 'PATCH', 'OPTIONS'])('S3 has no %s for objects: 405', async (method) => {
    const { edge, origin } = simulate(model({ ...READ, 's3:PutObject': 'arn:aws:s3:::site/*' }));
    expect((await edge.handle(request(method, '/a.html'))).status).toBe(405);
    expect(origin.asked).toEqual([]);
  });

  test('the address of the bucket itself lists it, which reading its objects does not allow', async () => {
    const { edge, origin } = simulate({ ...model({ 's3:GetObject': 'arn:aws:s3:::site/*' }), defaultRootObject: '' });
    expect((await edge.handle(request('GET', '/'))).status).toBe(403);
    expect(origin.asked).toEqual([]);
  });
});

describe('hosts', () => {
  test.each([
    ['d111.cloudfront.net', 200],
    ['shop.example.com', 200],
    ['SHOP.example.com:443', 200],
    ['eu.shop.example.com', 200],
    ['localhost:8080', 200],
    ['[::1]:8080', 200],
    ['a.b.shop.example.com', 403],
    ['evil.example.com', 403],
    ['d222.cloudfront.net', 403],
  ])('%s is answered %d', async (host, status) => {
    const { edge } = simulate({});
    expect((await edge.handle(request('GET', '/api/x', { headers: { host } }))).status).toBe(status);
  });
});

describe('fails at the start', () => {
  test('with an origin that the client cannot reach', () => {
    const origin = Object.assign(new FakeOrigin(() => ({})), {
      check: ({ id }: { id: string }) => {
        throw new Error(`no way to ${id}`);
      },
    });
    expect(() => simulate({}, origin)).toThrow('no way to module');
  });

  test('with a module of the functions` runtime that is not modelled', () => {
    const viewerRequest = {
      name: 'f',
      code: "import cf from 'cloudfront';\nfunction handler(e) { return e.request; }",
    };
    expect(() => simulate({ behaviors: [behavior('*', 'module', { viewerRequest })] })).toThrow(
      "function 'f': the simulator does not model the module 'cloudfront'",
    );
  });
});

describe('cache', () => {
  const cached = {
    behaviors: [behavior('/api/*', 'module', { cache: CACHED }), behavior('*', 'site')],
  };
  const fresh = () => new FakeOrigin(() => ({ headers: { 'cache-control': 'public, max-age=60' } }));

  test('the key has the parameters of the policy and no others', async () => {
    const { edge, origin } = simulate(cached, fresh());
    const hits = [];
    for (const query of ['q=1', 'q=1&z=2', 'q=2']) {
      hits.push((await edge.handle(request('GET', `/api/x?${query}`))).headers['x-cache']);
    }
    expect(hits).toEqual(['Miss from cloudfront', 'Hit from cloudfront', 'Miss from cloudfront']);
    expect(origin.asked).toHaveLength(2);
  });

  test('caches an answer for its max-age, and adds its age', async () => {
    const { edge, pass } = simulate(cached, fresh());
    await edge.handle(request('GET', '/api/x'));
    pass(59);
    expect((await edge.handle(request('GET', '/api/x'))).headers['age']).toBe('59');
    pass(1);
    expect((await edge.handle(request('GET', '/api/x'))).headers['x-cache']).toBe('Miss from cloudfront');
  });

  test('the policy’s maximum limits the answer’s max-age', async () => {
    const { edge, pass } = simulate(cached, new FakeOrigin(() => ({ headers: { 'cache-control': 'max-age=9999' } })));
    await edge.handle(request('GET', '/api/x'));
    pass(300);
    expect((await edge.handle(request('GET', '/api/x'))).headers['x-cache']).toBe('Miss from cloudfront');
  });

  test.each(['no-store', 'private, max-age=60', 'no-cache'])('%s is never cached', async (control) => {
    const { edge, origin, log } = simulate(cached, new FakeOrigin(() => ({ headers: { 'cache-control': control } })));
    await edge.handle(request('GET', '/api/x'));
    await edge.handle(request('GET', '/api/x'));
    expect(origin.asked).toHaveLength(2);
    expect(log.map(({ uncached }) => uncached)).toEqual([control, control]);
  });

  test('the log names the header of an uncached answer only if the behaviour caches', async () => {
    const stored = simulate(cached, fresh());
    await stored.edge.handle(request('GET', '/api/x'));
    const uncached = new FakeOrigin(() => ({ headers: { 'cache-control': 'no-store' } }));
    const never = simulate({ behaviors: [behavior('*', 'module')] }, uncached);
    await never.edge.handle(request('GET', '/api/x'));
    expect([...stored.log, ...never.log].map((entry) => entry.uncached)).toEqual([undefined, undefined]);
  });

  test('never caches an answer that sets a cookie', async () => {
    const { edge, origin } = simulate(
      cached,
      new FakeOrigin(() => ({ headers: { 'cache-control': 'max-age=60' }, cookies: ['a=b'] })),
    );
    await edge.handle(request('GET', '/api/x'));
    await edge.handle(request('GET', '/api/x'));
    expect(origin.asked).toHaveLength(2);
  });

  test('an invalidation empties the cache', async () => {
    const { edge, origin } = simulate(cached, fresh());
    await edge.handle(request('GET', '/api/x'));
    edge.invalidate();
    await edge.handle(request('GET', '/api/x'));
    expect(origin.asked).toHaveLength(2);
  });

  test('an answer that arrives after an invalidation, but was begun before, is not cached', async () => {
    const { edge, origin } = simulate(
      cached,
      new FakeOrigin(() => {
        if (origin.asked.length === 1) edge.invalidate();
        return { headers: { 'cache-control': 'public, max-age=60' } };
      }),
    );
    for (let i = 0; i < 3; i++) await edge.handle(request('GET', '/api/x'));
    expect(origin.asked).toHaveLength(2);
  });
});

describe('errors', () => {
  test('an unreachable origin is 502, a slow one 504', async () => {
    const gone = simulate({}, new FakeOrigin(() => new Error('refused')));
    expect((await gone.edge.handle(request('GET', '/api/x'))).status).toBe(502);
    const slow = simulate({}, new FakeOrigin(() => new OriginTimeout('10 s')));
    expect((await slow.edge.handle(request('GET', '/api/x'))).status).toBe(504);
  });

  test('a custom error response replaces the origin’s error', async () => {
    const origin = new FakeOrigin((asked) =>
      asked.path === '/sorry.html' ? { body: Buffer.from('sorry') } : { status: 502 },
    );
    const { edge } = simulate(
      { errorResponses: [{ status: 502, cachingMinTtl: 0, page: '/sorry.html', responseStatus: 503 }] },
      origin,
    );
    const response = await edge.handle(request('GET', '/api/x'));
    expect(response.status).toBe(503);
    expect(textOf(response)).toBe('sorry');
  });

  test.each([502, 503, 504])('the module`s own %d reaches the caller whole, and is not cached', async (status) => {
    const origin = new FakeOrigin(() => ({
      status,
      headers: { 'content-type': 'application/json', 'retry-after': '7' },
      body: Buffer.from('{"error":{"code":"busy"}}'),
    }));
    const { edge } = simulate({ errorResponses: [{ status, cachingMinTtl: 0 }] }, origin);
    const response = await edge.handle(request('GET', '/api/x'));
    await edge.handle(request('GET', '/api/x'));
    expect(response).toMatchObject({
      status,
      headers: { 'content-type': 'application/json', 'retry-after': '7' },
    });
    expect(textOf(response)).toBe('{"error":{"code":"busy"}}');
    expect(origin.asked).toHaveLength(2);
  });

  test('a function that throws is 503', async () => {
    const viewerRequest = { name: 'f', code: 'function handler() { throw new Error("no"); }' };
    const { edge, log } = simulate({ behaviors: [behavior('*', 'module', { viewerRequest })] });
    expect((await edge.handle(request('GET', '/x'))).status).toBe(503);
    expect(log[0]!.result).toBe('FunctionError');
  });
});

describe('headers', () => {
  const responseHeaders = {
    set: [
      { name: 'content-security-policy', value: 'connect-src https://sign-in.example.com', override: true },
      { name: 'x-kind', value: 'policy', override: false },
    ],
    remove: ['x-powered-by'],
  };

  test('the policy sets, keeps and removes headers', async () => {
    const { edge } = simulate(
      { behaviors: [behavior('*', 'module', { responseHeaders })] },
      new FakeOrigin(() => ({ headers: { 'x-kind': 'origin', 'x-powered-by': 'secret' } })),
    );
    const { headers } = await edge.handle(request('GET', '/x'));
    expect(headers['x-kind']).toBe('origin');
    expect(headers['x-powered-by']).toBeUndefined();
  });

  test('rewrites apply to the content security policy and config.json only', async () => {
    const body = Buffer.from('{"signInUrl":"https://sign-in.example.com"}');
    const { edge } = simulate(
      { behaviors: [behavior('*', 'module', { responseHeaders })] },
      new FakeOrigin(() => ({ body })),
    );
    const config = await edge.handle(request('GET', '/config.json'));
    expect(textOf(config)).toBe('{"signInUrl":"http://localhost:1"}');
    expect(config.headers['content-security-policy']).toBe('connect-src http://localhost:1');
    expect(textOf(await edge.handle(request('GET', '/other.json')))).toBe(body.toString());
  });

  test('answers 304 without a body to a matching validator', async () => {
    const { edge } = simulate({}, new FakeOrigin(() => ({ headers: { etag: '"1"' } })));
    const response = await edge.handle(request('GET', '/api/x', { headers: { 'if-none-match': '"1"' } }));
    expect(response.status).toBe(304);
    expect(response.body).toHaveLength(0);
  });

  test('the log names behaviour, time, duration and the function’s own request id, which a cached answer has none of', async () => {
    const origin: FakeOrigin = new FakeOrigin(() => {
      pass(2);
      return { headers: { 'x-amzn-requestid': 'r-1', 'cache-control': 'max-age=60' } };
    });
    const behaviors = [behavior('/api/*', 'module', { cache: CACHED }), behavior('*', 'site')];
    const { edge, log, pass } = simulate({ behaviors }, origin);
    pass(1);
    await edge.handle(request('GET', '/api/x'));
    await edge.handle(request('GET', '/api/x'));
    expect(log).toMatchObject([
      { time: 1_000, ms: 2_000, behavior: '/api/*', result: 'Miss', originRequestId: 'r-1' },
      { time: 3_000, ms: 0, behavior: '/api/*', result: 'Hit', originRequestId: undefined },
    ]);
  });

  test('the log holds neither query nor headers', async () => {
    const { edge, log } = simulate({});
    await edge.handle(request('GET', '/api/x?q=private', { headers: { authorization: 'Bearer secret' } }));
    expect(JSON.stringify(log)).not.toMatch(/private|secret/);
  });
});
