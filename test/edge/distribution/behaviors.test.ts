import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Access, Caching, Route } from '../../../lib/modules';
import { edge, folder } from '../fixtures';
import { type DeployedBehavior, deployedDistribution } from './deployed-config';

const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'; // Managed-CachingDisabled
const ALL_VIEWER_EXCEPT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac'; // Managed-AllViewerExceptHostHeader

/** Code of the one function that runs on each request of a behaviour. */
function viewerCode(template: Template, { FunctionAssociations }: DeployedBehavior): string {
  expect(FunctionAssociations).toEqual([
    { EventType: 'viewer-request', FunctionARN: { 'Fn::GetAtt': [expect.any(String), 'FunctionARN'] } },
  ]);
  const [{ FunctionARN: arn }] = FunctionAssociations as unknown as [
    { FunctionARN: { 'Fn::GetAtt': [string, string] } },
  ];
  const resource = template.findResources('AWS::CloudFront::Function')[arn['Fn::GetAtt'][0]];
  return JSON.stringify(resource?.['Properties'].FunctionCode);
}

test('every behaviour of a module runs the module’s viewer function, and the default one runs the site’s', () => {
  const { stack, edge: distribution, module } = edge();
  module('Search', [Route.get('/search', { access: Access.ANYONE })]);
  module('Orders', [
    Route.get('/orders/{orderId}', { access: Access.ANYONE }),
    Route.post('/orders', { access: Access.ANYONE }),
  ]);
  distribution.addSite({ source: folder({ 'index.html': '', 'lamp.html': '' }) });
  const template = Template.fromStack(stack);
  const { config } = deployedDistribution(template);
  expect(config.CacheBehaviors.map(({ PathPattern }) => PathPattern)).toEqual(['/orders/*', '/orders', '/search']);
  for (const [pattern, routes] of [
    ['/search', ["'GET',/^\\\\/search$/"]],
    ['/orders/*', ["'GET',/^\\\\/orders\\\\/[^/]+$/", "'POST',/^\\\\/orders$/"]],
    ['/orders', ["'GET',/^\\\\/orders\\\\/[^/]+$/", "'POST',/^\\\\/orders$/"]],
  ] as const) {
    const behavior = config.CacheBehaviors.find(({ PathPattern }) => PathPattern === pattern);
    const code = viewerCode(template, behavior as DeployedBehavior).replaceAll('[^\\\\/]+', '[^/]+');
    for (const route of routes) expect(code).toContain(route);
  }
  expect(viewerCode(template, config.DefaultCacheBehavior)).toContain('/lamp.html');
});

test('a distribution has these settings and no others', () => {
  const { stack, module } = edge();
  module('Search', [Route.get('/search', { access: Access.ANYONE })]);
  const { config } = deployedDistribution(Template.fromStack(stack));
  expect(Object.keys(config).sort()).toEqual([
    'CacheBehaviors',
    'Comment',
    'CustomErrorResponses',
    'DefaultCacheBehavior',
    'Enabled',
    'HttpVersion',
    'IPV6Enabled',
    'Origins',
    'WebACLId',
  ]);
  expect(config['Enabled']).toBe(true);
  const settings = [
    'AllowedMethods',
    'CachePolicyId',
    'CachedMethods',
    'Compress',
    'FunctionAssociations',
    'OriginRequestPolicyId',
    'PathPattern',
    'ResponseHeadersPolicyId',
    'TargetOriginId',
    'ViewerProtocolPolicy',
  ];
  expect(config.CacheBehaviors.map((behavior) => Object.keys(behavior).sort())).toEqual([settings]);
});

test.each([
  ['/products/{sku}', '/products/new'],
  ['/{kind}/new', '/products/{sku}'],
])('two reads with different caching can’t share a behaviour: %s and %s are refused', (one, other) => {
  const { module } = edge();
  const routes = [
    Route.get(one, { access: Access.ANYONE, caching: Caching.shared(Duration.minutes(5)) }),
    Route.get(other, { access: Access.ANYONE }),
  ];
  expect(() => module('Catalogue', routes)).toThrow(/Shop\/Catalogue: routes must not overlap/);
});

test('a path in two modules is refused although the methods differ, and the error says where to declare it', () => {
  const { module } = edge();
  module('Catalogue', [Route.get('/tools/{toolId}', { access: Access.ANYONE })]);
  expect(() => module('Desk', [Route.put('/tools/{toolId}', { access: Access.ANYONE })])).toThrow(
    /a path belongs to one module: declare both routes in one module, or change a path$/,
  );
});

test('a cached read forwards only its cache key, and other reads forward the whole request', () => {
  const { stack, module } = edge();
  const caching = Caching.shared(Duration.minutes(5));
  module('Catalogue', [
    Route.get('/products/{sku}', { access: Access.ANYONE, caching }),
    Route.get('/news', { access: Access.ANYONE }),
  ]);
  const { config } = deployedDistribution(Template.fromStack(stack));
  const [product, news] = ['/products/*', '/news'].map((pattern) =>
    config.CacheBehaviors.find(({ PathPattern }) => PathPattern === pattern),
  );
  expect(product?.CachePolicyId).toEqual({ Ref: expect.any(String) });
  expect(product?.OriginRequestPolicyId).toBeUndefined();
  expect(news).toMatchObject({
    CachePolicyId: CACHING_DISABLED,
    OriginRequestPolicyId: ALL_VIEWER_EXCEPT_HOST,
  });
});
