import { App, DefaultStackSynthesizer, Duration, NestedStack, Size, Stack, type StackProps, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { EdgeDistribution } from '../../../lib/edge';
import { Identity } from '../../../lib/identity';
import { Access, Caching, MicroModule, ParameterForm, Route } from '../../../lib/modules';
import { DeploymentProfile } from '../../../lib/profile';
import { regionalName } from '../../../lib/stacks';
import { edge, folder, foreignIdentity, HANDLER, NOWHERE } from '../fixtures';

const SEARCH = Route.get('/search', {
  access: Access.ANYONE,
  query: { q: ParameterForm.text(100), page: ParameterForm.integer(1, 25) },
  caching: Caching.shared(Duration.minutes(5)),
});
const PRODUCT = Route.get('/products/{sku}', { access: Access.ANYONE, caching: Caching.shared(Duration.minutes(5)) });
const ORDERS = Route.get('/orders', { access: Access.PERSON });
const ORDER = Route.get('/orders/{orderId}', { access: Access.PERSON });
const INVOICE = Route.get('/orders/{orderId}/invoice', { access: Access.PERSON });
const CHECKOUT = Route.post('/checkout', { access: Access.PERSON, maxBody: Size.kibibytes(64) });

interface Behavior {
  PathPattern: string;
  TargetOriginId: string;
  CachePolicyId: unknown;
  OriginRequestPolicyId?: unknown;
  ViewerProtocolPolicy: string;
  AllowedMethods: string[];
  FunctionAssociations: { FunctionARN: unknown }[];
}

/** The distribution's configuration as it is deployed. */
function configOf(template: Template) {
  const [resource] = Object.values(template.findResources('AWS::CloudFront::Distribution'));
  return resource!['Properties'].DistributionConfig;
}
function headersOf(template: Template) {
  const [policy] = Object.values(template.findResources('AWS::CloudFront::ResponseHeadersPolicy'));
  return policy!['Properties'].ResponseHeadersPolicyConfig.SecurityHeadersConfig;
}
const policyOf = (template: Template): string => headersOf(template).ContentSecurityPolicy.ContentSecurityPolicy;
const behaviorsOf = (template: Template): Behavior[] => configOf(template).CacheBehaviors;

describe('the template', () => {
  const site = folder({
    'index.html': '<h1>Shop</h1>',
    '404.html': '<h1>Nothing</h1>',
    'about/index.html': 'About',
    'app.js': '',
  });
  const { stack, edge: distribution, module } = edge({ identity: foreignIdentity() });
  module('Orders', [ORDER, ORDERS, INVOICE]);
  module('Search', [SEARCH, PRODUCT]);
  module('Checkout', [CHECKOUT]);
  distribution.addSite({ source: site, signIn: true, config: { currency: 'GBP' } });
  const template = Template.fromStack(stack);
  const of = (pattern: string) => behaviorsOf(template).find((b) => b.PathPattern === pattern)!;

  test('behaviours with longer patterns come first, in any order of addition', () => {
    expect(behaviorsOf(template).map((b) => b.PathPattern)).toEqual([
      '/orders/*/invoice',
      '/orders/*',
      '/products/*',
      '/checkout',
      '/orders',
      '/search',
    ]);
  });

  test('has HTTP/2 and 3, the web ACL of the same stack, and one policy with security headers', () => {
    const config = configOf(template);
    expect(config).toMatchObject({ HttpVersion: 'http2and3', WebACLId: { 'Fn::GetAtt': [expect.any(String), 'Arn'] } });
    const policies = [config.DefaultCacheBehavior, ...config.CacheBehaviors].map((b) =>
      JSON.stringify(b.ResponseHeadersPolicyId),
    );
    expect(new Set(policies).size).toBe(1);
    expect(config.CacheBehaviors.every((b: { Compress: boolean }) => b.Compress)).toBe(true);
    template.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          ContentSecurityPolicy: {
            ContentSecurityPolicy:
              "default-src 'self'; img-src 'self' data:; connect-src 'self' https://signin.example.com; " +
              "form-action 'self' https://signin.example.com; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
            Override: true,
          },
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: 'DENY', Override: true },
          ReferrerPolicy: { ReferrerPolicy: 'strict-origin-when-cross-origin', Override: true },
          StrictTransportSecurity: { AccessControlMaxAgeSec: 63_072_000, IncludeSubdomains: false, Override: true },
        },
      },
    });
  });

  test('redirects plain HTTP for pages, and refuses it for modules', () => {
    expect(configOf(template).DefaultCacheBehavior.ViewerProtocolPolicy).toBe('redirect-to-https');
    expect(behaviorsOf(template).map((b) => b.ViewerProtocolPolicy)).toEqual(Array(6).fill('https-only'));
  });

  test('caches a shared route by its declared query, and forwards nothing else', () => {
    const policy = of('/search');
    expect(policy.OriginRequestPolicyId).toBeUndefined();
    template.hasResourceProperties('AWS::CloudFront::CachePolicy', {
      CachePolicyConfig: {
        DefaultTTL: 300,
        MaxTTL: 300,
        MinTTL: 0,
        ParametersInCacheKeyAndForwardedToOrigin: Match.objectLike({
          QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: ['page', 'q'] },
          HeadersConfig: { HeaderBehavior: 'none' },
          CookiesConfig: { CookieBehavior: 'none' },
        }),
      },
    });
  });

  test('never caches a private route, and forwards its token', () => {
    expect(of('/orders')).toMatchObject({
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', // Managed-CachingDisabled
      OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac', // Managed-AllViewerExceptHostHeader
      AllowedMethods: ['GET', 'HEAD'],
    });
    expect(of('/checkout').AllowedMethods).toContain('POST');
  });

  test('no error is cached or replaced by a page, so that answers of modules reach callers', () => {
    const errors: object[] = configOf(template).CustomErrorResponses;
    const statuses = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
    expect(errors).toEqual(statuses.map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })));
  });

  test('each module has one viewer function and two permissions', () => {
    const sourceArn = { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('distribution/')])] };
    for (const [action, extra] of [
      ['lambda:InvokeFunctionUrl', { FunctionUrlAuthType: 'AWS_IAM' }],
      ['lambda:InvokeFunction', { InvokedViaFunctionUrl: true }],
    ] as const) {
      const found = template.findResources('AWS::Lambda::Permission', {
        Properties: {
          Action: action,
          Principal: 'cloudfront.amazonaws.com',
          SourceArn: Match.objectLike(sourceArn),
          ...extra,
        },
      });
      expect(Object.keys(found)).toHaveLength(3);
    }
    const all = template.findResources('AWS::Lambda::Permission');
    expect(Object.keys(all)).toHaveLength(6);
    template.resourceCountIs('AWS::CloudFront::Function', 4);
    expect(of('/orders').FunctionAssociations).toEqual(of('/orders/*').FunctionAssociations);
    template.allResourcesProperties('AWS::CloudFront::Function', {
      AutoPublish: true,
      FunctionConfig: Match.objectLike({ Runtime: 'cloudfront-js-2.0' }),
    });
  });

  test('signs requests to modules for Lambda, and requests to the site for S3', () => {
    const kinds = Object.values(template.findResources('AWS::CloudFront::OriginAccessControl')).map(
      (r) => r['Properties'].OriginAccessControlConfig,
    );
    expect(kinds).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          OriginAccessControlOriginType: 'lambda',
          SigningBehavior: 'always',
          SigningProtocol: 'sigv4',
        }),
        expect.objectContaining({ OriginAccessControlOriginType: 's3', SigningBehavior: 'always' }),
      ]),
    );
    const origins: {
      OriginAccessControlId: unknown;
      ResponseCompletionTimeout?: number;
      CustomOriginConfig?: object;
    }[] = configOf(template).Origins;
    expect(origins).toHaveLength(4);
    expect(origins.every((o) => o.OriginAccessControlId !== undefined)).toBe(true);
    expect(origins[1]!.CustomOriginConfig).toMatchObject({
      OriginProtocolPolicy: 'https-only',
      OriginSSLProtocols: ['TLSv1.2'],
      OriginReadTimeout: 20, // ten more than the function may run
    });
    expect(origins[1]!.ResponseCompletionTimeout).toBe(20);
  });

  test('the site is in a private bucket that only the distribution reads', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Action: ['s3:GetObject', 's3:ListBucket'],
            Condition: { StringEquals: { 'AWS:SourceArn': Match.anyValue() } },
          }),
        ]),
      },
    });
  });

  test('the uploader gets the archive, the missing files and the values of the sign-in', () => {
    const [upload] = Object.values(template.findResources('Custom::BreakwaterSite'));
    const files: { Name: string; Text: unknown }[] = upload!['Properties'].Files;
    expect(files.map((f) => f.Name).sort()).toEqual(['config.json', 'robots.txt', 'sitemap.xml']);
    const config = files.find((f) => f.Name === 'config.json')!.Text;
    expect(JSON.parse(config as string)).toEqual({
      issuer: 'https://issuer.example.com',
      clientId: 'client',
      signInUrl: 'https://signin.example.com',
      scope: 'openid',
      currency: 'GBP',
    });
    expect(upload!['DependsOn']).toBeDefined();
    expect(upload!['Properties'].ServiceTimeout).toBe('420');
    const [functionId, attribute] = upload!['Properties'].ServiceToken['Fn::GetAtt'];
    expect([template.toJSON()['Resources'][functionId].Type, attribute]).toEqual(['AWS::Lambda::Function', 'Arn']);
  });

  test("the site's function knows its files and its page", () => {
    const codes = Object.values(template.findResources('AWS::CloudFront::Function')).map(
      (f) => f['Properties'].FunctionCode,
    );
    const code = codes.find((c) => typeof c === 'string' && c.includes('/about/index.html'));
    expect(code).toContain('<h1>Nothing</h1>');
    expect(code).toContain('/config.json');
    expect(Buffer.byteLength(code as string)).toBeLessThanOrEqual(10_240);
  });
});

test('without modules it has only the default behaviour', () => {
  const { stack } = edge();
  const config = configOf(Template.fromStack(stack));
  expect(config.CacheBehaviors).toBeUndefined();
});

test('a sign-in with the stack’s user pool makes no dependency cycle', () => {
  const app = new App();
  const stack = new Stack(app, 'Shop', { env: NOWHERE });
  const identity = Identity.userPool().bind(stack, 'Identity');
  const distribution = new EdgeDistribution(stack, 'Edge', { identity });
  distribution.addModule(new MicroModule(stack, 'Orders', { handler: HANDLER, routes: [ORDERS, CHECKOUT], identity }));
  distribution.addSite({ source: folder({ 'index.html': '' }), signIn: true });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::CloudFront::Function', {
    FunctionCode: {
      'Fn::Join': [
        '',
        [
          Match.stringLikeRegexp('var ISS="https://cognito-idp.us-east-1.'),
          Match.anyValue(),
          Match.anyValue(),
          Match.anyValue(),
          Match.stringLikeRegexp('^";'),
        ],
      ],
    },
  });
  template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    CallbackURLs: [{ 'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [Match.anyValue(), 'DomainName'] }, '/']] }],
  });
});

test('two synths give the same template', () => {
  const site = folder({ 'index.html': '', 'app.js': '' });
  const synth = () => {
    const { stack, edge: distribution, module } = edge({ identity: foreignIdentity() });
    module('Orders', [ORDERS]);
    distribution.addSite({ source: site, signIn: true });
    return JSON.stringify(Template.fromStack(stack).toJSON());
  };
  expect(synth()).toBe(synth());
});

test('adding a module changes no ids of another', () => {
  const ids = (more: boolean) => {
    const { stack, module } = edge({ identity: foreignIdentity() });
    if (more) module('Search', [SEARCH]);
    module('Orders', [ORDERS]);
    return Object.keys(Template.fromStack(stack).toJSON()['Resources']);
  };
  expect(ids(true)).toEqual(expect.arrayContaining(ids(false)));
});

test("changing a module's routes changes its viewer function in place", () => {
  const functions = (routes: Route[]) => {
    const { stack, module } = edge({ identity: foreignIdentity() });
    module('Orders', routes);
    const found = Template.fromStack(stack).findResources('AWS::CloudFront::Function');
    return Object.entries(found).map(([id, f]) => [id, f['Properties'].Name]);
  };
  expect(functions([ORDERS, ORDER])).toEqual(functions([ORDERS]));
});

describe('names that are unique in an account', () => {
  const named = (stackProps: StackProps) => {
    const { stack, edge: distribution, module } = edge({ identity: foreignIdentity() }, stackProps);
    module('Search', [SEARCH]);
    distribution.addSite({ source: folder({ 'index.html': '' }) });
    const template = Template.fromStack(stack);
    const of = (type: string, name: (properties: Record<string, { Name: string }>) => unknown) =>
      Object.values(template.findResources(`AWS::CloudFront::${type}`)).map((r) => name(r['Properties']));
    return [
      ...of('OriginAccessControl', (p) => p['OriginAccessControlConfig']!.Name),
      ...of('ResponseHeadersPolicy', (p) => p['ResponseHeadersPolicyConfig']!.Name),
      ...of('CachePolicy', (p) => p['CachePolicyConfig']!.Name),
      ...of('Function', (p) => p['Name']),
    ] as string[];
  };

  test('differ between copies of the stack and between Regions', () => {
    const dev = named({ env: NOWHERE, stackName: 'shop-dev' });
    const staging = named({ env: NOWHERE, stackName: 'shop-staging' });
    const elsewhere = named({ env: { ...NOWHERE, region: 'ap-southeast-1' }, stackName: 'shop-dev' });
    expect(dev).toHaveLength(7);
    expect(new Set([...dev, ...staging, ...elsewhere]).size).toBe(21);
    expect(named({ env: NOWHERE, stackName: 'shop-dev' })).toEqual(dev);
    for (const name of elsewhere) expect(name).toMatch(/^[A-Za-z0-9-]{1,64}$/);
  });

  test('fit CloudFront’s limit, however long their part is', () => {
    const stack = new Stack(new App(), 'Shop', { env: { ...NOWHERE, region: 'ap-southeast-1' } });
    expect(regionalName(stack, 'x'.repeat(100))).toHaveLength(62);
  });

  test('depend on the outermost stack’s name in a nested stack', () => {
    const nested = (stackName: string) => {
      const parent = new Stack(new App(), 'Shop', { env: NOWHERE, stackName });
      return regionalName(new NestedStack(parent, 'Nested'), 'x');
    };
    expect(nested('shop-dev')).toBe(nested('shop-dev')); // a token of the nested one's own name would differ
    expect(nested('shop-dev')).not.toBe(nested('shop-staging'));
  });
});

describe('a sign-in with an external issuer', () => {
  const oidc = (more: { clientId?: string; signInUrl?: string }) => {
    const app = new App();
    const stack = new Stack(app, 'Shop', { env: NOWHERE });
    const identity = Identity.oidc({ issuer: 'https://id.example.com', audience: 'shop', ...more }).bind(
      stack,
      'Identity',
    );
    const distribution = new EdgeDistribution(stack, 'Edge', { identity });
    return { stack, add: () => distribution.addSite({ source: folder({ 'index.html': '' }), signIn: true }) };
  };

  test('fails without the address of the sign-in pages', () => {
    expect(oidc({ clientId: 'page' }).add).toThrow(
      "site.signIn needs the identity's 'signInUrl', got an identity without it; set the https address at which the issuer answers /oauth2/authorize and /oauth2/token",
    );
  });

  test('allows pages to connect to the origin of that address', () => {
    const { stack, add } = oidc({ clientId: 'page', signInUrl: 'https://signin.example.com/realms/shop' });
    add();
    const template = Template.fromStack(stack);
    expect(policyOf(template)).toContain("connect-src 'self' https://signin.example.com; ");
    const [upload] = Object.values(template.findResources('Custom::BreakwaterSite'));
    expect(JSON.stringify(upload!['Properties'].Files)).toContain('https://signin.example.com/realms/shop');
  });

  test('allows pages to connect to the address of the client', () => {
    const identity = { ...foreignIdentity(), signInUrl: undefined };
    const { stack, edge: distribution } = edge({ identity });
    distribution.addSite({ source: folder({ 'index.html': '' }), signIn: true });
    expect(policyOf(Template.fromStack(stack))).toContain("connect-src 'self' https://signin.example.com; ");
  });
});

describe('Regions', () => {
  test('outside of us-east-1 the web ACL is in a support stack, with a weak reference', () => {
    const { app, stack, module } = edge({}, { env: { ...NOWHERE, region: 'eu-west-1' } });
    module('Search', [SEARCH]);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::WAFv2::WebACL', 0);
    expect(configOf(template).WebACLId).toEqual({
      'Fn::GetStackOutput': expect.objectContaining({ StackName: 'Shop-edge', Region: 'us-east-1' }),
    });
    template.resourceCountIs('Custom::CrossRegionExportReader', 0);
    const support = app.node.findChild('Shop-edge') as Stack;
    expect(support.region).toBe('us-east-1');
    expect(stack.dependencies).toContain(support);
    Template.fromStack(support).hasResourceProperties('AWS::WAFv2::WebACL', { Scope: 'CLOUDFRONT' });
    Template.fromStack(support).resourceCountIs('AWS::Lambda::Function', 0);
  });

  test('the support stack has the roles, tags and protection of its stack', () => {
    const { app, stack, module } = edge(
      {},
      {
        env: { ...NOWHERE, region: 'eu-west-1' },
        synthesizer: new DefaultStackSynthesizer({
          qualifier: 'ours',
          deployRoleArn: 'arn:aws:iam::111122223333:role/us',
        }),
        terminationProtection: true,
        tags: { cost: 'shop' },
      },
    );
    module('Search', [SEARCH]);
    const support = app.node.findChild('Shop-edge') as Stack;
    expect(support.synthesizer.bootstrapQualifier).toBe('ours');
    const assembly = app.synth();
    const [main, other] = [stack, support].map((s) => assembly.getStackArtifact(s.artifactId));
    expect(other).toMatchObject({
      assumeRoleArn: 'arn:aws:iam::111122223333:role/us',
      terminationProtection: true,
      tags: { cost: 'shop' },
    });
    expect(other!.stackTemplateAssetObjectUrl).toContain('cdk-ours-assets-111122223333-us-east-1');
    expect(main!.stackTemplateAssetObjectUrl).toContain('cdk-ours-assets-111122223333-eu-west-1');
  });

  test('stacks of the same name, in several accounts and Regions, have a web ACL each', () => {
    const app = new App();
    const [one, two] = ['111111111111', '222222222222'];
    const stacks = [
      new Stack(app, 'Prod', { stackName: 'Shop', env: { account: one, region: 'eu-west-1' } }),
      new Stack(app, 'West', { stackName: 'Shop', env: { account: one, region: 'us-west-2' } }),
      new Stack(app, 'Test', { stackName: 'Shop', env: { account: two, region: 'eu-west-1' } }),
    ];
    for (const stack of stacks) new EdgeDistribution(stack, 'Edge');
    const supports = stacks.map((stack) => stack.dependencies.map((other) => [other.stackName, other.environment]));
    expect(supports).toEqual([
      [['Shop-edge', `aws://${one}/us-east-1`]],
      [['Shop-edge', `aws://${one}/us-east-1`]],
      [['Shop-edge', `aws://${two}/us-east-1`]],
    ]);
    const [prod, , test] = stacks.map((stack) => stack.dependencies[0] as Stack);
    Template.fromStack(prod!).resourceCountIs('AWS::WAFv2::WebACL', 2);
    Template.fromStack(test!).resourceCountIs('AWS::WAFv2::WebACL', 1);
    const outputs = stacks.map(
      (stack) => configOf(Template.fromStack(stack)).WebACLId['Fn::GetStackOutput'].OutputName,
    );
    expect(outputs[0]).not.toBe(outputs[1]);
  });

  test('the default roles of the app apply to both stacks', () => {
    const app = new App({ defaultStackSynthesizer: new DefaultStackSynthesizer({ qualifier: 'apps' }) });
    const stack = new Stack(app, 'Shop', { env: { ...NOWHERE, region: 'eu-west-1' } });
    new EdgeDistribution(stack, 'Edge');
    expect((app.node.findChild('Shop-edge') as Stack).synthesizer.bootstrapQualifier).toBe('apps');
  });

  test('a stack without a known Region has a support stack too', () => {
    const { app, stack, module } = edge({}, {});
    module('Search', [SEARCH]);
    expect(configOf(Template.fromStack(stack)).WebACLId).toEqual({
      'Fn::GetStackOutput': expect.objectContaining({ StackName: 'Shop-edge', Region: 'us-east-1' }),
    });
    Template.fromStack(app.node.findChild('Shop-edge') as Stack).resourceCountIs('AWS::WAFv2::WebACL', 1);
  });
});

describe('domain', () => {
  const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012';

  test('with a certificate the policy is TLSv1.2_2025 and the first name is the address', () => {
    const app = new App();
    const stack = new Stack(app, 'Shop', { env: NOWHERE });
    const certificate = Certificate.fromCertificateArn(stack, 'Certificate', certificateArn);
    const distribution = new EdgeDistribution(stack, 'Edge', {
      domain: { domainNames: ['shop.example.com'], certificate },
    });
    expect(distribution.url).toBe('https://shop.example.com');
    const template = Template.fromStack(stack);
    expect(configOf(template)).toMatchObject({
      Aliases: ['shop.example.com'],
      ViewerCertificate: {
        AcmCertificateArn: certificateArn,
        MinimumProtocolVersion: 'TLSv1.2_2025',
        SslSupportMethod: 'sni-only',
      },
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('domain'));
  });

  test.each([[true], [undefined]])('Strict-Transport-Security includes subdomains only on request: %p', (asked) => {
    const stack = new Stack(new App(), 'Shop', { env: NOWHERE });
    const certificate = Certificate.fromCertificateArn(stack, 'Certificate', certificateArn);
    const domain = { domainNames: ['shop.example.com'], certificate, hstsIncludeSubdomains: asked };
    new EdgeDistribution(stack, 'Edge', { domain });
    const security = headersOf(Template.fromStack(stack));
    expect(security.StrictTransportSecurity.IncludeSubdomains).toBe(asked ?? false);
  });

  test('with a hosted zone it adds a certificate and records', () => {
    const app = new App();
    const stack = new Stack(app, 'Shop', { env: NOWHERE });
    const hostedZone = HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
      hostedZoneId: 'Z1',
      zoneName: 'example.com',
    });
    new EdgeDistribution(stack, 'Edge', { domain: { domainNames: ['example.com', 'www.example.com'], hostedZone } });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Route53::RecordSet', 4);
    template.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'www.example.com.', Type: 'AAAA' });
    template.hasResourceProperties('AWS::CertificateManager::Certificate', {
      SubjectAlternativeNames: ['www.example.com'],
    });
  });

  test('synth warns of TLSv1 without a domain', () => {
    const { stack } = edge();
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp("without 'domain'.*TLSv1"));
  });

  test.each([
    [{ domainNames: [] }, 'domain.domainNames must be 1 to 100 names, got 0'],
    [{ domainNames: ['Shop'] }, "got 'Shop'"],
    [{ domainNames: ['shop.example.com'] }, 'domain.certificate must be given without a hostedZone'],
  ])('fails for %j', (domain, message) => {
    expect(() => edge({ domain })).toThrow(message);
  });

  test('fails to add a certificate outside of us-east-1', () => {
    const app = new App();
    const stack = new Stack(app, 'Shop', { env: { ...NOWHERE, region: 'eu-west-1' } });
    const hostedZone = HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
      hostedZoneId: 'Z1',
      zoneName: 'example.com',
    });
    const make = () => new EdgeDistribution(stack, 'Edge', { domain: { domainNames: ['example.com'], hostedZone } });
    expect(make).toThrow("must be given (from us-east-1), because the stack's Region is eu-west-1");
  });
});

describe('fails when', () => {
  const site = () => folder({ 'index.html': '', 'about/index.html': '' });

  test('two modules have routes with the same path, with any methods', () => {
    const { module } = edge({ identity: foreignIdentity() });
    module('Orders', [ORDER]);
    const write = Route.post('/orders/new', { access: Access.ANYONE });
    expect(() => module('Checkout', [write])).toThrow(
      /'GET \/orders\/{orderId}' of Shop\/Orders and 'POST \/orders\/new' of Shop\/Checkout/,
    );
  });

  test('a module is added twice', () => {
    const { edge: distribution, module } = edge();
    const search = module('Search', [SEARCH]);
    expect(() => distribution.addModule(search)).toThrow('module Shop/Search must be added once');
  });

  test('a file is at the path of a route, in both orders', () => {
    const about = Route.get('/about', { access: Access.ANYONE });
    const first = edge();
    first.module('About', [about]);
    expect(() => first.edge.addSite({ source: site() })).toThrow("got '/about' and 'GET /about' of Shop/About");
    const second = edge();
    second.edge.addSite({ source: site() });
    expect(() => second.module('About', [about])).toThrow("got '/about' and 'GET /about' of Shop/About");
  });

  test("a file is below a route’s parameter, because CloudFront's * matches it, in both orders", () => {
    const files = () => folder({ 'index.html': '', 'products/pictures/a.png': '' });
    const first = edge();
    first.module('Search', [PRODUCT]);
    const message =
      "got '/products/pictures/a.png' and 'GET /products/{sku}' of Shop/Search, which gets all paths that match '/products/*'";
    expect(() => first.edge.addSite({ source: files() })).toThrow(message);
    const second = edge();
    second.edge.addSite({ source: files() });
    expect(() => second.module('Search', [PRODUCT])).toThrow(message);
  });

  test('a cached read shares its path with a write', () => {
    const write = (path: string) => Route.post(path, { access: Access.ANYONE });
    const message = "must be Caching.none() because 'POST ";
    expect(() => edge().module('Search', [PRODUCT, write('/products/{sku}')])).toThrow(message);
    expect(() => edge().module('Search', [PRODUCT, write('/products/new')])).toThrow(message);
    expect(() => edge().module('Search', [PRODUCT, write('/products')])).not.toThrow();
  });

  test('a timeout of a function is longer than CloudFront waits', () => {
    const { edge: distribution, stack } = edge();
    const seconds = (timeout: number) => {
      const slow = new MicroModule(stack, `Slow${timeout}`, {
        handler: HANDLER,
        routes: [Route.get(`/slow/${timeout}`, { access: Access.ANYONE })],
      });
      const longer = Object.create(slow.function, { timeout: { value: Duration.seconds(timeout) } });
      return () => distribution.addModule(Object.create(slow, { function: { value: longer } }));
    };
    expect(seconds(111)).toThrow(
      'Shop/Edge: timeout of Shop/Slow111 must be at most 110 seconds, because CloudFront waits at most 120 seconds and 10 of them are for the cold start and the network, got 111',
    );
    expect(seconds(110)).not.toThrow();
  });

  test('there are two sites', () => {
    const { edge: distribution } = edge();
    distribution.addSite({ source: site() });
    expect(() => distribution.addSite({ source: site() })).toThrow('site must be added once');
  });

  test('a sign-in has no identity', () => {
    const { edge: distribution } = edge();
    expect(() => distribution.addSite({ source: site(), signIn: true })).toThrow(
      "site.signIn must be false if no 'identity' is set",
    );
  });

  test.each([
    ['a folder that is not there', () => '/nowhere', "must be a folder, got '/nowhere'"],
    ['a folder without index.html', () => folder({ 'a.html': '' }), 'must have an index.html'],
    [
      'a folder with config.json',
      () => folder({ 'index.html': '', 'config.json': '{}' }),
      'must not have a config.json',
    ],
    ['a token', () => Token.asString({ Ref: 'Source' }), 'site.source must be a literal, got a token'],
  ])('the source is %s', (_, source, message) => {
    const { edge: distribution } = edge();
    expect(() => distribution.addSite({ source: source() })).toThrow(message);
  });

  test("a module's routes don't fit its viewer function", () => {
    const { module } = edge();
    const routes = Array.from({ length: 70 }, (_, i) =>
      Route.get(`/a-rather-long-name-of-a-path/${'x'.repeat(100)}/${i}`, { access: Access.ANYONE }),
    );
    expect(() => module('Large', routes)).toThrow(
      /routes of Shop\/Large must fit into a viewer function of 10240 bytes, got \d+; split the module/,
    );
  });

  test('there are more behaviours than CloudFront’s quota', () => {
    const { stack, module } = edge();
    for (const name of ['a', 'b']) {
      module(
        name,
        Array.from({ length: 38 }, (_, i) => Route.get(`/${name}/${i}`, { access: Access.ANYONE })),
      );
    }
    expect(() => Template.fromStack(stack)).toThrow(/cache behaviours of the distribution must be at most 75, got 77/);
  });

  test('there are more cache policies than an account has', () => {
    const { stack, module } = edge();
    module(
      'many',
      Array.from({ length: 20 }, (_, i) =>
        Route.get(`/${i}`, { access: Access.ANYONE, caching: Caching.shared(Duration.seconds(i + 1)) }),
      ),
    );
    expect(() => Template.fromStack(stack)).toThrow(/cache policies .* must be at most 20, got 21/);
  });
});

test('if a site’s file names exceed the viewer function, S3 answers unknown paths and synth warns', () => {
  const { stack, edge: distribution } = edge();
  const files = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [`pictures/a-rather-long-name-of-a-picture-${'x'.repeat(20)}-${i}.png`, '']),
  );
  distribution.addSite({ source: folder({ 'index.html': '', ...files }) });
  Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp("files don't fit into a viewer function"));
});

test('in a sandbox nothing is retained', () => {
  const { stack, edge: distribution } = edge({ profile: DeploymentProfile.SANDBOX });
  distribution.addSite({ source: folder({ 'index.html': '' }) });
  const template = Template.fromStack(stack);
  template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
});

test('the template is the same with all recommended feature flags of the CDK and with none', () => {
  const site = folder({ 'index.html': '' });
  const recommended: Record<string, unknown> = require('aws-cdk-lib/recommended-feature-flags.json');
  const synth = (context: Record<string, unknown>) => {
    const stack = new Stack(new App({ context }), 'Shop', { env: NOWHERE });
    const distribution = new EdgeDistribution(stack, 'Edge');
    distribution.addModule(new MicroModule(stack, 'Search', { handler: HANDLER, routes: [SEARCH] }));
    distribution.addSite({ source: site });
    const template = Template.fromStack(stack);
    const types = [
      'AWS::CloudFront::Distribution',
      'AWS::CloudFront::Function',
      'AWS::WAFv2::WebACL',
      'AWS::S3::Bucket',
    ];
    return types.flatMap((type) => Object.values(template.findResources(type)).map((r) => r['Properties']));
  };
  expect(synth(recommended)).toEqual(synth({}));
});
