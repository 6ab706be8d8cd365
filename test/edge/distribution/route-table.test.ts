import fc from 'fast-check';
import {
  behaviorPatterns,
  compareBehaviors,
  findClash,
  type OwnedRoute,
  routeAt,
  routesOfBehavior,
} from '../../../lib/edge/distribution/route-table';
import { matchPattern, type RouteDeclaration } from '../../../lib/protocol';
import { pathFits } from '../../../testing/path-pattern';

const get = (p: string): RouteDeclaration => ({ method: 'GET', path: p, access: ['anyone'] });
const owned = (owner: string, ...paths: string[]): OwnedRoute[] => paths.map((p) => ({ owner, route: get(p) }));

test('sorts longer patterns first, then those with more literals', () => {
  const sorted = ['/orders/*', '/orders/*/invoice', '/*/*', '/orders', '/'].sort(compareBehaviors);
  expect(sorted).toEqual(['/orders/*/invoice', '/orders/*', '/*/*', '/orders', '/']);
});

test('each path of a route matches a behaviour of its module, with a function that has the route', () => {
  // Literals that are prefixes of others, and the characters that a pattern language may treat specially.
  const literal = fc.constantFrom('a', 'ab', 'abc', 'b', 'a.b', 'a-b', 'a~');
  const segment = fc.oneof(literal, fc.constant('*'));
  const path = fc.array(segment, { minLength: 1, maxLength: 4 });
  const toPattern = (parts: string[]) => `/${parts.map((p, i) => (p === '*' ? `{p${i}}` : p)).join('/')}`;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('one', 'two', 'three'), path), { maxLength: 8 }),
      fc.array(literal, { minLength: 1, maxLength: 4 }),
      (routes, parts) => {
        const accepted: OwnedRoute[] = [];
        for (const [owner, p] of routes) {
          const added = owned(owner, toPattern(p));
          if (!findClash(accepted, added)) accepted.push(...added);
        }
        const asked = `/${parts.join('/')}`;
        const route = accepted.find((r) => matchPattern(r.route.path, asked) !== undefined);
        if (!route) return;
        const behaviors = ['one', 'two', 'three']
          .flatMap((owner) => {
            const mine = accepted.filter((r) => r.owner === owner).map((r) => r.route);
            return behaviorPatterns(mine).map((pattern) => ({ owner, pattern, mine }));
          })
          .sort((a, b) => compareBehaviors(a.pattern, b.pattern));
        const first = behaviors.find((b) => pathFits(b.pattern, asked))!;
        expect(first.owner).toBe(route.owner);
        expect(routesOfBehavior(first.pattern, first.mine)).toContain(route.route);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('finds clashes between modules only, whatever the methods', () => {
  const known = owned('one', '/orders/{id}');
  expect(findClash(known, owned('one', '/orders/new'))).toBeUndefined();
  expect(
    findClash(known, [{ owner: 'two', route: { method: 'POST', path: '/orders/new', access: ['anyone'] } }]),
  ).toHaveLength(2);
  expect(findClash(known, owned('two', '/orders'))).toBeUndefined();
});

test('finds a site path that a route matches, also an encoded one', () => {
  const routes = owned('one', '/img/{name}');
  expect(routeAt('/img/a%20b.png', routes)).toBe(routes[0]);
  expect(routeAt('/image/x.png', routes)).toBeUndefined();
});

test("finds a site path below a parameter, because CloudFront's * matches slashes and empty text", () => {
  const routes = owned('one', '/img/{name}', '/shops/{id}/map.png');
  expect(routeAt('/img/x/y.png', routes)).toBe(routes[0]);
  expect(routeAt('/img/', routes)).toBe(routes[0]);
  expect(routeAt('/img', routes)).toBeUndefined();
  expect(routeAt('/shops/a/b/map.png', routes)).toBe(routes[1]);
  expect(routeAt('/shops/a/mapXpng', routes)).toBeUndefined();
});
