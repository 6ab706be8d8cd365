import fc from 'fast-check';
import { patternToBehavior } from '../../lib/protocol';
import { pathFits } from '../../testing/path-pattern';

test.each([
  ['/orders/*', '/orders/1', true],
  ['/orders/*', '/orders/1/invoice', true],
  ['/orders/*', '/orders', false],
  ['/a?c', '/abc', true],
  ['/a?c', '/ac', false],
  ['*.css', '/site/main.css', true],
  ['orders', '/orders', true],
  ['/Orders', '/orders', false],
  ['/a.c', '/abc', false],
  ['*', '/', true],
])('%s and %s: %s', (pattern, path, expected) => {
  expect(pathFits(pattern, path)).toBe(expected);
});

test('the behaviour made of a route fits each of the route`s paths', () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9-]{1,8}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(segment, fc.boolean()), { minLength: 1, maxLength: 5 }), (segments) => {
      const pattern = segments.map(([text, variable], i) => (variable ? `/{p${i}}` : `/${text}`)).join('');
      const path = segments.map(([text]) => `/${text}`).join('');
      return pathFits(patternToBehavior(pattern), path);
    }),
  );
});
