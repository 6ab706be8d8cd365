import { Duration, Lazy, Size } from 'aws-cdk-lib';
import fc from 'fast-check';
import { Access, Caching, ParameterForm, Route, type RouteOptions } from '../../lib/modules';
import { ROUTE_METHODS } from '../../lib/protocol';
import { BreakwaterError } from '../../lib/validation';

const ANYONE: RouteOptions = { access: Access.ANYONE };
const QUERY = { q: ParameterForm.text(100), page: ParameterForm.integer(1, 25) };
const shared = Caching.shared(Duration.minutes(5));
const token = Lazy.string({ produce: () => 'later' });

describe('Route', () => {
  test('each factory makes a route with its method', () => {
    const made = [Route.get, Route.post, Route.put, Route.patch, Route.delete].map((make) => make('/a', ANYONE).method);
    expect(made).toEqual([...ROUTE_METHODS]);
  });

  test('a write accepts 16 KiB of JSON by default; GET and DELETE accept no body', () => {
    for (const method of ['POST', 'PUT', 'PATCH']) {
      expect(Route.of(method, '/a', ANYONE)._declaration()).toEqual({
        method: method,
        path: '/a',
        access: ['anyone'],
        maxBody: 16_384,
        contentType: 'application/json',
      });
    }
    expect(Route.get('/a', ANYONE)._declaration()).toEqual({ method: 'GET', path: '/a', access: ['anyone'] });
    expect(Route.delete('/a', ANYONE)._declaration()).toEqual({ method: 'DELETE', path: '/a', access: ['anyone'] });
    expect(Route.delete('/a', { ...ANYONE, maxBody: Size.kibibytes(1) })._declaration()).toMatchObject({
      maxBody: 1_024,
    });
  });

  test('its declaration has the given values', () => {
    const route = Route.get('/search', { access: Access.ANYONE, query: QUERY, caching: shared });
    expect(route._declaration()).toEqual({
      method: 'GET',
      path: '/search',
      access: ['anyone'],
      query: { q: { maxLength: 100 }, page: { regex: '[1-9]|1[0-9]|2[0-5]' } },
    });
    expect(route.query).toEqual(['q', 'page']);
    expect(`${route}`).toBe('GET /search');
    const parameters = { orderId: ParameterForm.oneOf('a', 'b.c') };
    expect(Route.get('/orders/{orderId}', { ...ANYONE, parameters })._declaration()).toMatchObject({
      parameters: { orderId: { regex: 'a|b\\.c' } },
    });
  });

  test('doesn’t change if its options object is changed later', () => {
    const query: Record<string, ParameterForm> = { q: ParameterForm.text(100) };
    const route = Route.get('/search', { access: Access.ANYONE, query });
    query['page'] = ParameterForm.text(1);
    expect(route.query).toEqual(['q']);
  });

  test.each(['TRACE', 'get', 'HEAD', ''])('fails when the method is %p', (method) => {
    expect(() => Route.of(method, '/a', ANYONE)).toThrow(
      `method must be one of GET, POST, PUT, PATCH, DELETE, got '${method}'`,
    );
  });

  test.each([
    ['orders', "must start with '/'"],
    ['/orders/*', "the segment '*'"],
    ['/orders/', "the segment ''"],
    ['/a/../b', "'.' and '..'"],
    ['/.', "'.' and '..'"],
    [`/${'a'.repeat(255)}`, 'at most 255 characters as a path pattern of CloudFront, got 256'],
  ])('fails when the path is %p', (path, part) => {
    expect(() => Route.get(path, ANYONE)).toThrow(part);
    expect(() => Route.get(path, ANYONE)).toThrow(/^Route GET /);
  });

  test('fails when method, path or a query name is a token', () => {
    expect(() => Route.get(`/${token}`, ANYONE)).toThrow('must be literals, got a token');
    expect(() => Route.of(token, '/a', ANYONE)).toThrow('must be literals, got a token');
    expect(() => Route.get('/a', { ...ANYONE, query: { [token]: ParameterForm.text(1) } })).toThrow(
      'query must be literals, got a token',
    );
  });

  test.each([
    [undefined, "options must be an object with 'access', got undefined"],
    [{}, 'access must state who may call (Access.ANYONE, Access.PERSON, ...), got nothing'],
    [{ access: 'person' }, "access must state who may call (Access.ANYONE, Access.PERSON, ...), got 'person'"],
    [
      { ...ANYONE, cache: shared },
      'props must be of access, parameters, query, caching, maxBody, contentType, got cache',
    ],
    [
      { ...ANYONE, query: 'page' },
      "query must map names to forms, such as { page: ParameterForm.integer(1, 25) }, got 'page'",
    ],
    [{ ...ANYONE, query: ['page'] }, 'query must map names to forms'],
    [
      { ...ANYONE, query: { page: 'integer' } },
      "query 'page' must be a ParameterForm, such as ParameterForm.text(100), got 'integer'",
    ],
    [
      { ...ANYONE, parameters: { id: ParameterForm.text(1) } },
      "parameters must be names in the path (it has none), got 'id'",
    ],
    [{ ...ANYONE, caching: 'shared' }, "caching must be Caching.shared(...) or Caching.none(), got 'shared'"],
    [{ ...ANYONE, maxBody: 64 }, 'maxBody must be a Size, such as Size.kibibytes(64), got 64'],
  ])('fails when JavaScript gives %j as options', (options, part) => {
    const make = () => Route.get('/a', options as unknown as RouteOptions);
    expect(make).toThrow(part);
    expect(make).toThrow(BreakwaterError);
  });

  test.each([
    ['a b', "got 'a b'"],
    ['', "got ''"],
    ['q&x', "got 'q&x'"],
  ])('fails when a query name is %p', (name, part) => {
    expect(() => Route.get('/a', { ...ANYONE, query: { [name]: ParameterForm.text(1) } })).toThrow(part);
  });

  test('fails when a cached route has more query names than a cache policy takes; uncached may have them', () => {
    const query = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`q${i}`, ParameterForm.text(1)]));
    expect(() => Route.get('/a', { ...ANYONE, query, caching: shared })).toThrow('at most 10 names on a cached route');
    expect(Route.get('/a', { ...ANYONE, query }).query).toHaveLength(11);
  });

  test('only a GET for anyone can be cached', () => {
    const some = fc.constantFrom(Access.ANYONE, Access.PERSON, Access.service('till'));
    fc.assert(
      fc.property(fc.constantFrom(...ROUTE_METHODS), fc.array(some, { minLength: 1 }), (method, accesses) => {
        const make = () => Route.of(method, '/a', { access: Access.anyOf(...accesses), caching: shared });
        if (method === 'GET' && accesses.every((access) => access === Access.ANYONE)) expect(make).not.toThrow();
        else expect(make).toThrow(BreakwaterError);
      }),
    );
    expect(() => Route.get('/orders', { access: Access.PERSON, caching: shared })).toThrow(
      'caching must be Caching.none() for access person: a shared answer would reach other callers',
    );
  });

  test.each([
    [0, 'application/json', false],
    [1, 'application/json', true],
    [6_291_456, 'application/json', true],
    [6_291_457, 'application/json', false],
    [6_291_456, 'text/csv', true],
    [6_291_456, 'application/problem+json', true],
    [4_718_592, 'application/pdf', true],
    [4_718_593, 'application/pdf', false],
  ])('a body of %p bytes of %s: allowed %p', (bytes, contentType, allowed) => {
    const make = () => Route.put('/a', { ...ANYONE, maxBody: Size.bytes(bytes), contentType });
    if (allowed) expect(make().maxBody?.toBytes()).toBe(bytes);
    else expect(make).toThrow(`for ${contentType} (Lambda's request limit), got ${bytes}`);
  });

  test.each(['json', 'Application/JSON', 'application/json; charset=utf-8', ''])(
    'fails when the content type is %p',
    (contentType) => {
      expect(() => Route.post('/a', { ...ANYONE, contentType })).toThrow(`got '${contentType}'`);
    },
  );

  test('fails when size or content type of the body is a token', () => {
    expect(() => Route.post('/a', { ...ANYONE, maxBody: Size.kibibytes(Lazy.number({ produce: () => 1 })) })).toThrow(
      'maxBody must be a literal, got a token',
    );
    expect(() => Route.post('/a', { ...ANYONE, contentType: token })).toThrow('contentType must be a literal');
  });

  test('fails if a GET has a body, or a DELETE has a type but no body', () => {
    expect(() => Route.get('/a', { ...ANYONE, maxBody: Size.kibibytes(1) })).toThrow('must not be set on GET');
    expect(() => Route.get('/a', { ...ANYONE, contentType: 'text/csv' })).toThrow('must not be set on GET');
    expect(() => Route.delete('/a', { ...ANYONE, contentType: 'text/csv' })).toThrow(
      'must be set together with maxBody on DELETE',
    );
  });
});
