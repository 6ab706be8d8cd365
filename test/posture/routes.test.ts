import { unpackRoutes } from '../../lib/protocol';
import { plain, resourcesOf, shopTemplate, withoutHash } from './template';

const template = shopTemplate();

/** Parameters with the forms that their values must have. */
const forms = (parameters: object): string =>
  Object.entries(parameters)
    .map(([name, form]) => `${name} ${plain(form)}`)
    .join(' & ');

/** The routes that each module is told: method, path, access, parameters, query, largest body, content type. */
function routesOf(): Record<string, string[]> {
  const functions = resourcesOf(template, 'AWS::Lambda::Function').flatMap(([id, { Properties = {} }]) => {
    const { BREAKWATER_ROUTES: routes } = (Properties['Environment'] as { Variables: Record<string, string> })
      .Variables;
    if (routes === undefined) return [];
    const lines = unpackRoutes(routes).map(
      ({ method, path, access, query = {}, parameters = {}, maxBody, contentType }) =>
        [method, path, access.join(' or '), forms(parameters), forms(query), maxBody ?? '', contentType ?? ''].join(
          ' | ',
        ),
    );
    return [[withoutHash(id), lines] as const];
  });
  return Object.fromEntries(functions);
}

test('modules answer these callers, with these queries and bodies, and nothing else', () => {
  expect(routesOf()).toEqual({
    ShopSearchFunction: [
      'GET | /search | anyone |  | q {maxLength: 100} & page {regex: [1-9]|1[0-9]|2[0-5]} |  | ',
      'GET | /products/{sku} | anyone | sku {maxLength: 32} |  |  | ',
    ],
    ShopCatalogueEditorFunction: ['POST | /catalogue | service:point-of-sale |  |  | 65536 | application/json'],
    ShopCheckoutFunction: [
      'POST | /checkout | person |  |  | 65536 | application/json',
      'POST | /sales | service:point-of-sale |  |  | 262144 | application/json',
      'POST | /refunds | service:point-of-sale |  |  | 262144 | application/json',
    ],
    ShopOrderHistoryFunction: [
      'GET | /orders | person |  | cursor {regex: [A-Za-z0-9_-]+} |  | ',
      'GET | /orders/{orderId} | person | orderId {regex: [A-Za-z0-9][A-Za-z0-9-]{0,39}} |  |  | ',
      'GET | /orders/{orderId}/invoice | person | orderId {regex: [A-Za-z0-9][A-Za-z0-9-]{0,39}} |  |  | ',
    ],
  });
});

interface Behavior {
  readonly PathPattern?: string;
  readonly AllowedMethods: readonly string[];
  readonly CachePolicyId: unknown;
}

test('only what anyone may see is cached, for as long as the routes say', () => {
  const [[, distribution] = []] = resourcesOf(template, 'AWS::CloudFront::Distribution');
  const config = distribution?.Properties?.['DistributionConfig'] as {
    DefaultCacheBehavior: Behavior;
    CacheBehaviors: Behavior[];
  };
  const comments = new Map(
    resourcesOf(template, 'AWS::CloudFront::CachePolicy').map(([id, { Properties = {} }]) => {
      const {
        DefaultTTL,
        MaxTTL,
        MinTTL,
        ParametersInCacheKeyAndForwardedToOrigin: key,
      } = Properties['CachePolicyConfig'] as {
        DefaultTTL: number;
        MaxTTL: number;
        MinTTL: number;
        ParametersInCacheKeyAndForwardedToOrigin: object;
      };
      const {
        QueryStringsConfig: query,
        HeadersConfig: headers,
        CookiesConfig: cookies,
      } = key as Record<string, { QueryStrings?: string[]; HeaderBehavior?: string; CookieBehavior?: string }>;
      const times = [MinTTL, DefaultTTL, MaxTTL].join('-');
      return [
        `\${${withoutHash(id)}}`,
        `${times} s by ${query?.QueryStrings?.join('&') ?? 'path'}, headers ${headers?.HeaderBehavior}, cookies ${cookies?.CookieBehavior}`,
      ];
    }),
  );
  /** CloudFront's own policy CachingDisabled. */
  comments.set('4135ea2d-6df8-44a3-9df3-4b5a84be39ad', 'not cached');
  const lines = [...config.CacheBehaviors, config.DefaultCacheBehavior].map(
    ({ PathPattern: path = 'site', AllowedMethods: methods, CachePolicyId: policy }) =>
      `${path} ${methods.length > 2 ? 'all methods' : methods.join(' ')}: ${comments.get(plain(policy)) ?? plain(policy)}`,
  );
  const none = 'headers none, cookies none';
  expect(lines.sort()).toEqual(
    [
      '/catalogue all methods: not cached',
      '/checkout all methods: not cached',
      '/orders GET HEAD: not cached',
      '/orders/* GET HEAD: not cached',
      '/orders/*/invoice GET HEAD: not cached',
      `/products/* GET HEAD: 0-300-300 s by path, ${none}`,
      '/refunds all methods: not cached',
      '/sales all methods: not cached',
      `/search GET HEAD: 0-300-300 s by page&q, ${none}`,
      `site GET HEAD: 0-31536000-31536000 s by path, ${none}`,
    ].sort(),
  );
});
