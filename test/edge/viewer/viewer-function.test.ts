import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { siteFunctionCode, viewerFunctionCode } from '../../../lib/edge/viewer/viewer-function';
import { REFUSALS, type RefusalCode, type RouteDeclaration } from '../../../lib/protocol';

const ISSUER = 'https://issuer.example.com';
const HASH = 'a'.repeat(64);

const ROUTES: RouteDeclaration[] = [
  { method: 'GET', path: '/search', access: ['anyone'], query: { q: { maxLength: 100 } } },
  { method: 'GET', path: '/orders/{orderId}', access: ['person'] },
  {
    method: 'POST',
    path: '/checkout',
    access: ['person', 'service:till'],
    maxBody: 1_000,
    contentType: 'application/json',
  },
  { method: 'POST', path: '/feedback', access: ['anyone', 'person'], maxBody: 1_000 },
  { method: 'DELETE', path: '/basket', access: ['anyone'] },
];

interface Value {
  value: string;
  multiValue?: { value: string }[];
}
interface Request {
  method: string;
  uri: string;
  querystring: object;
  cookies: object;
  headers: Record<string, Value>;
}
interface Answer {
  statusCode: number;
  headers: Record<string, Value>;
  body: string;
}

function load(code: string) {
  const context = createContext({ Buffer, JSON, Date, Number });
  runInContext(code, context);
  return (method: string, uri: string, headers: Record<string, string | Value> = {}): Request | Answer => {
    const values = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? { value } : value]),
    );
    const request = { method, uri, querystring: { a: { value: '1' } }, cookies: {}, headers: values };
    const event = { version: '1.0', context: { eventType: 'viewer-request' }, viewer: { ip: '192.0.2.1' }, request };
    return (context as unknown as { handler: (e: object) => Request | Answer }).handler(event);
  };
}

function token(claims: object, signature = 'c2ln'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(claims)}.${signature}`;
}
const later = () => Math.floor(Date.now() / 1000) + 60;
const good = () => token({ iss: ISSUER, exp: later(), sub: 'ada' });

const status = (answer: Request | Answer) => ('statusCode' in answer ? answer.statusCode : 'passed');
const codeOf = (answer: Request | Answer): string => JSON.parse((answer as Answer).body).error.code;
const call = load(viewerFunctionCode({ routes: ROUTES, issuer: ISSUER }));

describe('viewer function of a module', () => {
  test('passes a request for a route for anyone, without token, body hash, trace and x-amz headers', () => {
    const passed = call('GET', '/search', {
      authorization: 'Bearer x',
      'x-breakwater-token': 'forged',
      'x-amz-content-sha256': HASH,
      'x-amz-security-token': 'forged',
      // Lambda would take its trace from it, sampled or not.
      'x-amzn-trace-id': 'Root=1-00000000-000000000000000000000001;Parent=0000000000000001;Sampled=1',
      accept: 'application/json',
    }) as Request;
    expect(Object.keys(passed.headers)).toEqual(['accept']);
  });

  test('answers HEAD as GET', () => {
    expect(status(call('HEAD', '/search'))).toBe('passed');
  });

  test.each([
    ['/nothing', 404],
    ['/orders/1/2', 404],
    ['/orders/', 404],
    ['/search/', 404],
    ['/%73earch', 404],
    ['/orders/../search', 404],
  ])('answers %s with %d', (uri, expected) => {
    expect(status(call('GET', uri))).toBe(expected);
    expect(codeOf(call('GET', uri))).toBe('not_found');
  });

  test('answers 405 to a method that the path doesn’t take', () => {
    expect(status(call('PUT', '/search'))).toBe(405);
    expect(codeOf(call('PUT', '/search'))).toBe('method_not_allowed');
    expect(status(call('OPTIONS', '/search'))).toBe(405);
  });

  test('moves a valid token, and removes the forged header', () => {
    const sent = good();
    const passed = call('GET', '/orders/1', {
      authorization: `Bearer ${sent}`,
      'x-breakwater-token': 'forged',
    }) as Request;
    expect(passed.headers).toEqual({ 'x-breakwater-token': { value: sent } });
  });

  test.each<[string, Record<string, string | Value>, RefusalCode]>([
    ['absent', {}, 'token_missing'],
    ['only in the inner header', { 'x-breakwater-token': good() }, 'token_missing'],
    ['of another scheme', { authorization: 'Basic YTpi' }, 'token_malformed'],
    ['of two parts', { authorization: 'Bearer a.b' }, 'token_malformed'],
    ['with an unreadable payload', { authorization: 'Bearer a.!!.c' }, 'token_malformed'],
    ['with a payload that is no JSON', { authorization: 'Bearer YQ.YQ.YQ' }, 'token_malformed'],
    [
      'with null as its claims',
      { authorization: `Bearer YQ.${Buffer.from('null').toString('base64url')}.YQ` },
      'token_malformed',
    ],
    ['expired', { authorization: `Bearer ${token({ iss: ISSUER, exp: 1 })}` }, 'token_expired'],
    ['without an end', { authorization: `Bearer ${token({ iss: ISSUER })}` }, 'token_invalid'],
    [
      'with a text as its end',
      { authorization: `Bearer ${token({ iss: ISSUER, exp: '9999999999' })}` },
      'token_invalid',
    ],
    [
      'of another issuer',
      { authorization: `Bearer ${token({ iss: `${ISSUER}.evil.example`, exp: later() })}` },
      'token_foreign',
    ],
    ['of no issuer', { authorization: `Bearer ${token({ exp: later() })}` }, 'token_foreign'],
    [
      'too long',
      { authorization: `Bearer ${token({ iss: ISSUER, exp: later() }, 'a'.repeat(9_000))}` },
      'token_malformed',
    ],
    [
      'sent twice',
      { authorization: { value: `Bearer ${good()}`, multiValue: [{ value: 'a' }, { value: 'b' }] } },
      'token_malformed',
    ],
  ])('refuses a token that is %s with 401', (_, headers, code) => {
    const answer = call('GET', '/orders/1', headers) as Answer;
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toEqual({ value: 'Bearer' });
    expect(answer.headers['cache-control']).toEqual({ value: 'no-store' });
    expect(JSON.parse(answer.body).error).toEqual({ code, message: REFUSALS[code].message });
  });

  test('a route for anyone and persons accepts both, but no invalid token', () => {
    const body = { 'x-amz-content-sha256': HASH };
    expect(status(call('POST', '/feedback', body))).toBe('passed');
    expect(status(call('POST', '/feedback', { ...body, authorization: `Bearer ${good()}` }))).toBe('passed');
    expect(status(call('POST', '/feedback', { ...body, authorization: 'Bearer x' }))).toBe(401);
  });

  test.each<[string, string | Value]>([
    ['absent', ''],
    ['short', 'a'.repeat(63)],
    ['long', 'a'.repeat(65)],
    ['in capitals', 'A'.repeat(64)],
    ['a name', 'UNSIGNED-PAYLOAD'],
    ['sent twice', { value: HASH, multiValue: [{ value: HASH }, { value: HASH }] }],
  ])('refuses a body hash that is %s with 400', (_, hash) => {
    const answer = call('POST', '/checkout', {
      authorization: `Bearer ${good()}`,
      ...(hash === '' ? {} : { 'x-amz-content-sha256': hash }),
    }) as Answer;
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body).error.code).toBe('body_hash_missing');
  });

  test('requires the hash on every method that may have a body', () => {
    expect(status(call('DELETE', '/basket'))).toBe(400);
    expect(status(call('DELETE', '/basket', { 'x-amz-content-sha256': HASH }))).toBe('passed');
  });

  test('passes a body hash, and refuses a content length above the limit with 413', () => {
    const headers = { authorization: `Bearer ${good()}`, 'x-amz-content-sha256': HASH, 'content-length': '1000' };
    const passed = call('POST', '/checkout', headers) as Request;
    expect(passed.headers['x-amz-content-sha256']).toEqual({ value: HASH });
    const refused = call('POST', '/checkout', { ...headers, 'content-length': '1001' });
    expect([status(refused), codeOf(refused)]).toEqual([413, 'body_too_large']);
  });

  test('no caller can set x-breakwater-token, and authorization never reaches the origin', () => {
    const name = fc.constantFrom(
      'authorization',
      'x-breakwater-token',
      'x-amz-date',
      'x-amz-content-sha256',
      'accept',
      '__proto__',
    );
    const headers = fc.dictionary(name, fc.oneof(fc.string(), fc.constant(HASH), fc.constant('Bearer a.b.c')));
    const path = fc.oneof(fc.constantFrom('/search', '/orders/1', '/checkout', '/feedback'), fc.webPath());
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE'),
        path,
        headers,
        (method, uri, sent) => {
          const answer = call(method, uri, { ...sent });
          if ('statusCode' in answer) return answer.statusCode >= 400 && answer.statusCode < 500;
          return (
            answer.headers.authorization === undefined &&
            answer.headers['x-breakwater-token'] === undefined &&
            answer.headers['x-amz-date'] === undefined
          );
        },
      ),
    );
  });
});

describe('viewer function of the site', () => {
  const site = load(
    siteFunctionCode({
      files: ['/index.html', '/about/index.html', '/app.js', '/a%20b.png'],
      notFoundPage: '<h1>Not "here"</h1>',
    }),
  );

  test.each([
    ['/', '/index.html'],
    ['/about', '/about/index.html'],
    ['/about/', '/about/index.html'],
    ['/app.js', '/app.js'],
    ['/a%20b.png', '/a%20b.png'],
  ])('finds the file of %s', (uri, file) => {
    expect((site('GET', uri) as Request).uri).toBe(file);
  });

  test.each(['/nothing', '/app.js/', '/about/nothing', '/../index.html', '/constructor', '//'])(
    'answers %s with the page',
    (uri) => {
      const answer = site('GET', uri) as Answer;
      expect(answer).toMatchObject({ statusCode: 404, body: '<h1>Not "here"</h1>' });
      expect(answer.headers['content-type']?.value).toMatch('text/html');
    },
  );

  test('removes headers and query that files can’t need', () => {
    const passed = site('GET', '/', { authorization: 'a', 'x-breakwater-token': 'b', accept: 'c' }) as Request;
    expect(passed.headers).toEqual({ accept: { value: 'c' } });
    expect(passed.querystring).toEqual({});
  });

  test('answers writes with 405', () => {
    expect(status(site('POST', '/'))).toBe(405);
  });

  test('passes unknown paths to S3 if it has no list of files', () => {
    const open = load(siteFunctionCode({ notFoundPage: '' }));
    expect((open('GET', '/') as Request).uri).toBe('/index.html');
    expect((open('GET', '/x/') as Request).uri).toBe('/x/index.html');
    expect((open('GET', '/x.js') as Request).uri).toBe('/x.js');
  });
});
