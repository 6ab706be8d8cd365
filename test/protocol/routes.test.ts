import fc from 'fast-check';
import {
  METHODS_WITH_BODY,
  matchPattern,
  packRoutes,
  parsePattern,
  patternsOverlap,
  patternToBehavior,
  patternToRegex,
  ROUTE_METHODS,
  type RouteDeclaration,
  unpackRoutes,
} from '../../lib/protocol';

const LITERAL_CHARACTERS = [...'abcXYZ019._~-'];
const literal = fc.string({ unit: fc.constantFrom(...LITERAL_CHARACTERS), minLength: 1, maxLength: 4 });
/** Few literals, so that patterns meet often enough. */
const segment = fc.oneof(fc.constantFrom('orders', 'a', 'b', 'a.b', '{}', '{}'), literal);
const pattern = fc
  .array(segment, { maxLength: 5 })
  .map((parts) => `/${parts.map((part, i) => (part === '{}' ? `{p${i}}` : part)).join('/')}`);

/** Values as they stand in a path: percent-encoded, not empty. */
const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).map(encodeURIComponent);
const anyPath = fc
  .array(fc.oneof(fc.constantFrom('orders', 'a', 'b', 'aXb', ''), value), { maxLength: 6 })
  .map((parts) => `/${parts.join('/')}`);

function fill(of: string, values: string[]): string {
  let next = 0;
  return of.replace(/\{[^}]+\}/g, () => values[next++ % values.length]!);
}

describe('parsePattern', () => {
  test('reads literals and parameters', () => {
    expect(parsePattern('/')).toEqual([]);
    expect(parsePattern('/orders/{orderId}/invoice.pdf')).toEqual([
      { literal: 'orders' },
      { parameter: 'orderId' },
      { literal: 'invoice.pdf' },
    ]);
  });

  test.each([
    ['orders', "must start with '/'"],
    ['', "must start with '/'"],
    ['/orders/', "the segment ''"],
    ['//orders', "the segment ''"],
    ['/orders/{id', "the segment '{id'"],
    ['/orders/x{id}', "the segment 'x{id}'"],
    ['/orders/{}', "the segment '{}'"],
    ['/orders/{1st}', "the segment '{1st}'"],
    ['/orders/*', "the segment '*'"],
    ['/a b', "the segment 'a b'"],
    ['/%41', "the segment '%41'"],
    ['/a?b=c', "the segment 'a?b=c'"],
    ['/{id}/lines/{id}', "parameter 'id' twice"],
  ])('fails on %p and says why', (path, part) => {
    expect(() => parsePattern(path)).toThrow(part);
  });

  test('accepts two parameters of different names', () => {
    expect(parsePattern('/{a}/{b}')).toHaveLength(2);
  });
});

describe('matchPattern', () => {
  test('decodes the value of a parameter', () => {
    expect(matchPattern('/orders/{orderId}', '/orders/C%2F1%20%C3%A9')).toEqual({ orderId: 'C/1 é' });
    expect(matchPattern('/', '/')).toEqual({});
  });

  test.each([
    ['/orders/{id}', '/orders/'],
    ['/orders/{id}', '/orders/1/2'],
    ['/orders/{id}', '/Orders/1'],
    ['/orders', '/orders/'],
    ['/orders', 'orders'],
    ['/orders', ''],
    ['/a.b', '/axb'],
    ['/orders/{id}', '/orders/%'],
    ['/orders/{id}', '/orders/%ff'],
    ['/', '//'],
  ])('%p does not fit %p', (of, path) => {
    expect(matchPattern(of, path)).toBeUndefined();
  });

  test('returns the values from which the path was made', () => {
    fc.assert(
      fc.property(pattern, fc.array(value, { minLength: 1 }), (of, values) => {
        const parameters = matchPattern(of, fill(of, values));
        const names = parsePattern(of).flatMap((s) => ('parameter' in s ? [s.parameter] : []));
        expect(parameters).toEqual(
          Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(values[i % values.length]!)])),
        );
      }),
    );
  });
});

describe('patternToRegex and patternToBehavior', () => {
  test('web ACL, viewer function and module agree on every path', () => {
    fc.assert(
      fc.property(pattern, anyPath, fc.array(value, { minLength: 1 }), (of, stray, values) => {
        const regex = new RegExp(patternToRegex(of));
        for (const path of [stray, fill(of, values), `${fill(of, values)}/`, `/x${fill(of, values)}`]) {
          expect(regex.test(path)).toBe(matchPattern(of, path) !== undefined);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a dot matches only a dot, and the regex uses only the web ACL's subset", () => {
    expect(patternToRegex('/a.b/{id}')).toBe('^/a\\.b/[^/]+$');
    expect(patternToRegex('/')).toBe('^/$');
    fc.assert(fc.property(pattern, (of) => !/\(|\?|\{|\\[^.]/.test(patternToRegex(of))));
  });

  test('each path that matches a pattern also matches its behaviour', () => {
    expect(patternToBehavior('/orders/{id}/invoice')).toBe('/orders/*/invoice');
    expect(patternToBehavior('/')).toBe('/');
    fc.assert(
      fc.property(pattern, fc.array(value, { minLength: 1 }), (of, values) => {
        const glob = patternToBehavior(of).split('*');
        const caught = new RegExp(`^${glob.map((part) => part.replace(/[.]/g, '\\.')).join('.*')}$`, 's');
        return caught.test(fill(of, values));
      }),
    );
  });
});

describe('patternsOverlap', () => {
  test.each([
    ['/orders/{id}', '/orders/new', true],
    ['/{a}/lines', '/orders/{b}', true],
    ['/orders', '/orders', true],
    ['/', '/', true],
    ['/orders', '/orders/{id}', false],
    ['/a/{id}', '/b/{id}', false],
    ['/', '/{a}', false],
  ])('%p and %p: %p', (a, b, overlap) => {
    expect(patternsOverlap(a, b)).toBe(overlap);
  });

  test('is symmetric, and a pattern overlaps itself', () => {
    fc.assert(
      fc.property(pattern, pattern, (a, b) => patternsOverlap(a, b) === patternsOverlap(b, a) && patternsOverlap(a, a)),
    );
  });

  test('is true exactly if one path matches both', () => {
    fc.assert(
      fc.property(pattern, pattern, fc.array(value, { minLength: 1 }), (a, b, values) => {
        const [x, y] = [parsePattern(a), parsePattern(b)];
        // Each literal of either pattern; if a path fits both, this one does.
        const witness = `/${x
          .map((s, i) => {
            const other = y[i];
            if ('literal' in s) return s.literal;
            return other && 'literal' in other ? other.literal : 'any';
          })
          .join('/')}`;
        if (patternsOverlap(a, b)) {
          expect(matchPattern(a, witness)).toBeDefined();
          expect(matchPattern(b, witness)).toBeDefined();
        } else {
          expect(matchPattern(b, fill(a, values))).toBeUndefined();
          expect(matchPattern(a, fill(b, values))).toBeUndefined();
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('only methods of routes can have a body, and GET can’t', () => {
  expect(ROUTE_METHODS).toEqual(expect.arrayContaining([...METHODS_WITH_BODY]));
  expect(METHODS_WITH_BODY).not.toContain('GET');
});

test('routes are packed with short names, and unpacked unchanged', () => {
  const declared: RouteDeclaration[] = [
    {
      method: 'GET',
      path: '/search',
      access: ['anyone'],
      parameters: { a: { regex: '[0-9]+' } },
      query: { q: { maxLength: 9 } },
    },
    { method: 'POST', path: '/orders', access: ['person', 'service:x'], maxBody: 200, contentType: 'text/csv' },
  ];
  const packed = packRoutes(declared);
  expect(packed).toBe(
    '[{"m":"GET","p":"/search","a":["anyone"],"f":{"a":"[0-9]+"},"q":{"q":9}},' +
      '{"m":"POST","p":"/orders","a":["person","service:x"],"b":200,"t":"text/csv"}]',
  );
  expect(unpackRoutes(packed)).toEqual(declared);
});
