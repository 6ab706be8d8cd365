import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code } from 'aws-cdk-lib/aws-lambda';
import fc from 'fast-check';
import { Handler, HandlerBundle, Scaling } from '../../lib/functions';
import { type IIdentity, OidcIdentity, UserPoolIdentity } from '../../lib/identity';
import { Access, Caching, MicroModule, type MicroModuleProps, ParameterForm, Route } from '../../lib/modules';
import { DeploymentProfile } from '../../lib/profile';
import {
  Environment,
  type IdentityDeclaration,
  matchPattern,
  type RouteDeclaration,
  unpackRoutes,
} from '../../lib/protocol';
import { BreakwaterError } from '../../lib/validation';

const handler = Handler.fromCode(
  Code.fromInline('exports.handler = async () => ({ statusCode: 200 });'),
  'index.handler',
  { verifiesTokens: true },
);
const SEARCH = Route.get('/search', {
  access: Access.ANYONE,
  query: { q: ParameterForm.text(100) },
  caching: Caching.shared(Duration.minutes(5)),
});
const ORDERS = Route.get('/orders', { access: Access.PERSON });

function make(props: Partial<MicroModuleProps> = {}, identity?: (stack: Stack) => IIdentity) {
  const stack = new Stack(new App(), 'Shop');
  const module = new MicroModule(stack, 'Search', {
    handler,
    routes: [SEARCH],
    identity: identity?.(stack),
    ...props,
  });
  return { stack, module };
}

const userPool = (stack: Stack) => new UserPoolIdentity(stack, 'Identity');

function variables(stack: Stack): Record<string, unknown> {
  const [fn] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  return fn!['Properties'].Environment.Variables;
}

describe('MicroModule', () => {
  test('has a function URL on its alias that accepts only IAM-signed requests', () => {
    const template = Template.fromStack(make().stack);
    template.resourceCountIs('AWS::Lambda::Url', 1);
    template.hasResourceProperties('AWS::Lambda::Url', {
      AuthType: 'AWS_IAM',
      Qualifier: 'live',
      InvokeMode: 'BUFFERED',
    });
    // Who may call is the edge's to say: by itself nobody may.
    template.resourceCountIs('AWS::Lambda::Permission', 0);
  });

  test('passes routes and name to its function', () => {
    const write = Route.post('/index', { access: Access.ANYONE });
    const environment = variables(make({ routes: [SEARCH, write], environment: { COLOUR: 'blue' } }).stack);
    expect(unpackRoutes(environment[Environment.ROUTES] as string)).toEqual(
      [SEARCH, write].map((r) => r._declaration()),
    );
    expect(environment[Environment.NAME]).toBe('Search');
    expect(environment['COLOUR']).toBe('blue');
  });

  test('passes memory, timeout and scaling to its function', () => {
    const { stack } = make({ memorySize: 1024, timeout: Duration.seconds(20), scaling: Scaling.reserved(3) });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 1024,
      Timeout: 20,
      ReservedConcurrentExecutions: 3,
    });
  });

  test('is on demand in the sandbox', () => {
    const scaling = Scaling.provisioned({ min: 2, max: 5 });
    const concurrency = { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 } };
    Template.fromStack(make({ scaling }).stack).hasResourceProperties('AWS::Lambda::Alias', concurrency);
    Template.fromStack(make({ scaling, profile: DeploymentProfile.SANDBOX }).stack).hasResourceProperties(
      'AWS::Lambda::Alias',
      {
        ProvisionedConcurrencyConfig: Match.absent(),
      },
    );
  });

  test('gets permissions and environment variables together', () => {
    const { stack, module } = make();
    module.addEnvironment('MAP', 'table-1');
    module.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['dynamodb:GetItem'], resources: ['arn:aws:dynamodb:::table/table-1'] }),
    );
    expect(variables(stack)['MAP']).toBe('table-1');
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'dynamodb:GetItem' })]) },
    });
  });

  test('has metrics of the alias, which gets the traffic', () => {
    const { module } = make();
    const metrics = [
      module.metricInvocations(),
      module.metricErrors(),
      module.metricDuration(),
      module.metricThrottles({ statistic: 'Maximum' }),
    ];
    expect(metrics.map((m) => m.metricName)).toEqual(['Invocations', 'Errors', 'Duration', 'Throttles']);
    expect(metrics.every((m) => m.dimensions?.['Resource'] !== undefined)).toBe(true);
    expect(metrics[3]!.statistic).toBe('Maximum');
  });
});

describe('the identity of a module', () => {
  test('is in the environment of a function that reads tokens: the pool, but no client', () => {
    const stack = new Stack(new App(), 'Shop');
    const identity = userPool(stack);
    identity.addSignIn('Store', { callbackUrls: ['https://shop.example.com/'] });
    const routes = [ORDERS, Route.post('/orders', { access: Access.service('till') })];
    new MicroModule(stack, 'Orders', { handler, routes, identity });
    const template = Template.fromStack(stack);
    const declared = variables(stack)[Environment.IDENTITY] as { 'Fn::Join': [string, unknown[]] };
    const text = declared['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'x')).join('');
    expect(JSON.parse(text)).toEqual({
      issuer: 'https://cognito-idp.x.x/x',
      kind: 'cognito',
      servicePrefix: 'breakwater/',
    } satisfies IdentityDeclaration);
    for (const client of Object.keys(template.findResources('AWS::Cognito::UserPoolClient'))) {
      expect(JSON.stringify(template.findResources('AWS::Lambda::Function'))).not.toContain(client);
    }
  });

  test('of an external issuer is passed with its audience and its claims of persons', () => {
    const oidc = {
      issuer: 'https://id.example.com',
      audience: 'shop',
      personClaim: 'uid',
      personScope: 'openid',
      jwksUri: 'https://id.example.com/keys',
    };
    const { stack } = make({ routes: [ORDERS] }, (scope) => new OidcIdentity(scope, 'Identity', oidc));
    expect(JSON.parse(variables(stack)[Environment.IDENTITY] as string)).toEqual({
      ...oidc,
      kind: 'oidc',
      servicePrefix: 'breakwater/',
    });
  });

  test('isn’t in the environment of a function for anyone', () => {
    expect(variables(make({}, userPool).stack)[Environment.IDENTITY]).toBeUndefined();
  });

  test('gets each service that a route names', () => {
    const routes = [Route.post('/orders', { access: Access.anyOf(Access.PERSON, Access.service('till')) })];
    Template.fromStack(make({ routes }, userPool).stack).hasResourceProperties('AWS::Cognito::UserPoolClient', {
      ClientName: 'till',
    });
  });

  test('fails if a route needs an identity and there is none', () => {
    expect(() => make({ routes: [SEARCH, ORDERS] })).toThrow(
      "Shop/Search: identity must be set, because 'GET /orders' is for person",
    );
    const mixed = Route.get('/hello', { access: Access.anyOf(Access.ANYONE, Access.service('till')) });
    expect(() => make({ routes: [mixed] })).toThrow("'GET /hello' is for anyone, service:till");
  });

  test('fails if a custom identity has an unknown kind', () => {
    const own: IIdentity = {
      issuer: 'https://id.example.com',
      kind: 'saml',
      servicePrefix: '',
      addSignIn: () => ({ clientId: '', scope: '' }),
      addService: () => undefined,
    };
    expect(() => make({ routes: [ORDERS], identity: own })).toThrow("must be of kind 'cognito' or 'oidc', got 'saml'");
  });
});

describe('the routes of a module', () => {
  test('fail when there are none', () => {
    expect(() => make({ routes: [] })).toThrow('Shop/Search: routes must contain at least one route, got none');
  });

  test('fail if two match the same request', () => {
    const routes = [
      Route.get('/orders/{orderId}', { access: Access.ANYONE }),
      Route.get('/orders/new', { access: Access.ANYONE }),
    ];
    expect(() => make({ routes })).toThrow("must not overlap, got 'GET /orders/{orderId}' and 'GET /orders/new'");
    expect(() => make({ routes: [SEARCH, SEARCH] })).toThrow('must not overlap');
  });

  test('may have the same path with different methods', () => {
    const routes = [Route.get('/a', { access: Access.ANYONE }), Route.put('/a', { access: Access.ANYONE })];
    expect(make({ routes }).module.routes).toEqual(routes);
  });

  test('a request matches at most one route of a module', () => {
    const segment = fc.constantFrom('a', 'b', '{x}', '{y}');
    const path = fc.uniqueArray(segment, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
    const route = fc
      .tuple(fc.constantFrom('GET', 'POST'), path)
      .map(([m, p]) => Route.of(m, p, { access: Access.ANYONE }));
    const call = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(route, { minLength: 1, maxLength: 4 }),
        fc.array(call, { minLength: 20 }),
        (routes, calls) => {
          let declared: RouteDeclaration[];
          try {
            declared = make({ routes }).module.routes.map((r) => r._declaration());
          } catch (error) {
            expect((error as Error).message).toContain('must not overlap');
            return;
          }
          for (const parts of calls) {
            const fitting = declared.filter((r) => r.method === 'GET' && matchPattern(r.path, `/${parts.join('/')}`));
            expect(fitting.length).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('props of a module', () => {
  test.each([
    ['less than a second', Duration.millis(500)],
    ['a second and a half', Duration.millis(1_500)],
    ['longer than the edge waits', Duration.seconds(111)],
  ])('fail when the timeout is %s', (_, timeout) => {
    expect(() => make({ timeout })).toThrow('Shop/Search: timeout must be whole seconds from 1 to 110');
  });

  test('fail when the timeout is a token', () => {
    expect(() => make({ timeout: Duration.seconds(Lazy.number({ produce: () => 5 })) })).toThrow(
      'timeout must be a literal, got a token',
    );
  });

  test('fail if the environment sets a reserved variable', () => {
    expect(() => make({ environment: { [Environment.ROUTES]: '[]' } })).toThrow(
      "environment must not set variables that start with 'BREAKWATER_', got 'BREAKWATER_ROUTES'",
    );
  });

  test('fail if the routes exceed the environment', () => {
    const routes = Array.from({ length: 60 }, (_, i) =>
      Route.post(`/route-with-a-long-name-${i}`, { access: Access.ANYONE }),
    );
    expect(() => Template.fromStack(make({ routes }).stack)).toThrow('environment must fit into 4096 bytes');
  });
});

test('the same app gives the same template twice', () => {
  expect(Template.fromStack(make({}, userPool).stack).toJSON()).toEqual(
    Template.fromStack(make({}, userPool).stack).toJSON(),
  );
});

describe('invalid types from JavaScript', () => {
  test.each<[string, unknown, string]>([
    ['no props', undefined, 'props must be an object'],
    ['no routes', { handler }, 'routes must be given, got nothing'],
    ['no handler', { routes: [SEARCH] }, 'handler must be given, got nothing'],
    ['a handler by name', { handler: 'search', routes: [SEARCH] }, "handler must be a Handler, got 'search'"],
    ['routes by name', { handler, routes: 'GET /search' }, "routes must be a list, got 'GET /search'"],
    ['a route by name', { handler, routes: ['GET /search'] }, "routes[0] must be a Route, got 'GET /search'"],
    [
      'a profile by name',
      { handler, routes: [SEARCH], profile: 'sandbox' },
      "profile must be a DeploymentProfile, got 'sandbox'",
    ],
    [
      'a scaling by name',
      { handler, routes: [SEARCH], scaling: 'onDemand' },
      "scaling must be a Scaling, got 'onDemand'",
    ],
    ['seconds as a number', { handler, routes: [SEARCH], timeout: 5 }, 'timeout must be a Duration, got 5'],
    [
      'a number in the environment',
      { handler, routes: [SEARCH], environment: { SIZE: 5 } },
      "environment 'SIZE' must be a text, got 5",
    ],
    ['a misspelt prop', { handler, routes: [SEARCH], memory: 5 }, 'got memory'],
  ])('%s', (_, props, message) => {
    const create = () => new MicroModule(new Stack(new App(), 'Shop'), 'Search', props as MicroModuleProps);
    expect(create).toThrow(BreakwaterError);
    expect(create).toThrow(message);
  });

  test('a subclass passes its own props on', () => {
    class Special extends MicroModule {}
    const props = { handler, routes: [SEARCH], more: 1 };
    expect(() => new Special(new Stack(new App(), 'Shop'), 'Search', props)).not.toThrow();
  });
});

test('code that doesn’t state that it verifies tokens is refused for routes that read them', () => {
  const unverified = Handler.fromCode(Code.fromInline('x'), 'index.handler');
  expect(() => make({ handler: unverified, routes: [ORDERS] }, userPool)).toThrow(
    "Shop/Search: handler must verify tokens, because 'GET /orders' is for person: use HandlerBundle, or, if the code itself checks signature, issuer and expiry, " +
      'Handler.fromCode(code, entrypoint, { verifiesTokens: true })',
  );
  expect(() => make({ handler: unverified })).not.toThrow();
});

describe('warnings', () => {
  const warnings = (stack: Stack) =>
    Annotations.fromStack(stack)
      .findWarning('*', Match.anyValue())
      .map(({ entry }) => String(entry.data));
  const bundled = (source: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'breakwater-module-'));
    try {
      writeFileSync(join(folder, 'search.ts'), source);
      return HandlerBundle.fromDirectory(folder, { outputDirectory: join(folder, 'out') }).handler('search');
    } finally {
      process.once('exit', () => rmSync(folder, { recursive: true }));
    }
  };
  const differs = (source: string, routes = [SEARCH, ORDERS]) =>
    warnings(make({ handler: bundled(source), routes }, userPool).stack).filter((text) =>
      text.includes('entry for each'),
    );

  test('a module that no edge serves', () => {
    const { stack, module } = make();
    expect(warnings(stack)).toEqual([expect.stringContaining('no edge serves the routes')]);
    const other = make();
    other.module._reachedByEdge();
    expect(warnings(other.stack)).toEqual([]);
    expect(module.routes).toHaveLength(1);
  });

  test('a bundled handler for persons that doesn’t verify tokens', () => {
    const unverified = (source: string, routes = [SEARCH, ORDERS]) =>
      warnings(make({ handler: bundled(source), routes }, userPool).stack).filter((text) => text.includes('routes()'));
    const plain = 'export const handler = async () => ({ statusCode: 200 });';
    expect(unverified(plain)).toEqual([
      expect.stringContaining("must use routes() of cdk-breakwater/runtime, because 'GET /orders' is for person"),
    ]);
    expect(unverified(plain, [SEARCH])).toEqual([]);
    const runtime = JSON.stringify(join(__dirname, '../../lambdas/runtime'));
    const table = "{ 'GET /search': () => json(200, 1), 'GET /orders': () => json(200, 1) }";
    expect(unverified(`import { json, routes } from ${runtime}; export const handler = routes(${table});`)).toEqual([]);
  });

  test('a route without an entry in the handler, according to the package’s literals', () => {
    const table = (...names: string[]) =>
      `export const handler = make({ ${names.map((name) => `'${name}': () => 1`).join(', ')} }); function make(t: object) { return () => t; }`;
    expect(differs(table('GET /search', 'GET /orders'))).toEqual([]);
    expect(differs(table('GET /search', 'GET /order'))).toEqual([
      expect.stringContaining("got no entry for 'GET /orders'; it has 'GET /order'; the function would fail to load"),
    ]);
    // Names that are made at run time can't be known, and make no false alarm.
    expect(differs("export const handler = () => ({ ['GET ' + process.env.BASE]: 1 });")).toEqual([]);
  });
});
