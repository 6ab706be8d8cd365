import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code } from 'aws-cdk-lib/aws-lambda';
import fc from 'fast-check';
import { Handler, Scaling } from '../../lib/functions';
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

const handler = Handler.fromCode(
  Code.fromInline('exports.handler = async () => ({ statusCode: 200 });'),
  'index.handler',
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
  test('answers at an address of its alias that takes IAM-signed calls only', () => {
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

  test('tells its function the routes and its name', () => {
    const write = Route.post('/index', { access: Access.ANYONE });
    const environment = variables(make({ routes: [SEARCH, write], environment: { COLOUR: 'blue' } }).stack);
    expect(unpackRoutes(environment[Environment.ROUTES] as string)).toEqual(
      [SEARCH, write].map((r) => r._declaration()),
    );
    expect(environment[Environment.NAME]).toBe('Search');
    expect(environment['COLOUR']).toBe('blue');
  });

  test('passes on memory, time and scaling', () => {
    const { stack } = make({ memorySize: 1024, timeout: Duration.seconds(20), scaling: Scaling.reserved(3) });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 1024,
      Timeout: 20,
      ReservedConcurrentExecutions: 3,
    });
  });

  test('stays on demand in the sandbox, whatever was asked for', () => {
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

  test('is granted rights and environment together', () => {
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

  test('metrics are those of the alias, which is what traffic goes to', () => {
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
  test('is told to a function one of whose routes reads tokens: the pool, never a client', () => {
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

  test('of a foreign issuer is told with its audience and what tells a person there', () => {
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

  test('isn’t told to a function that lets in anyone', () => {
    expect(variables(make({}, userPool).stack)[Environment.IDENTITY]).toBeUndefined();
  });

  test('learns of each service that a route names', () => {
    const routes = [Route.post('/orders', { access: Access.anyOf(Access.PERSON, Access.service('till')) })];
    Template.fromStack(make({ routes }, userPool).stack).hasResourceProperties('AWS::Cognito::UserPoolClient', {
      ClientName: 'till',
    });
  });

  test('fails when a route needs one and there is none', () => {
    expect(() => make({ routes: [SEARCH, ORDERS] })).toThrow(
      "Shop/Search: identity must be given, since 'GET /orders' is for person",
    );
    const mixed = Route.get('/hello', { access: Access.anyOf(Access.ANYONE, Access.service('till')) });
    expect(() => make({ routes: [mixed] })).toThrow("'GET /hello' is for anyone, service:till");
  });

  test('fails when an identity of your own is of no known kind', () => {
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
    expect(() => make({ routes: [] })).toThrow('Shop/Search: routes must be at least one, got none');
  });

  test('fail when two fit the same call', () => {
    const routes = [
      Route.get('/orders/{orderId}', { access: Access.ANYONE }),
      Route.get('/orders/new', { access: Access.ANYONE }),
    ];
    expect(() => make({ routes })).toThrow("must not overlap, got 'GET /orders/{orderId}' and 'GET /orders/new'");
    expect(() => make({ routes: [SEARCH, SEARCH] })).toThrow('must not overlap');
  });

  test('may share a path by different methods', () => {
    const routes = [Route.get('/a', { access: Access.ANYONE }), Route.put('/a', { access: Access.ANYONE })];
    expect(make({ routes }).module.routes).toEqual(routes);
  });

  test('a call fits at most one route of a module that synth let through', () => {
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

  test('fail when the environment sets what is the library’s', () => {
    expect(() => make({ environment: { [Environment.ROUTES]: '[]' } })).toThrow(
      "environment must not set variables that start with 'BREAKWATER_', got 'BREAKWATER_ROUTES'",
    );
  });

  test('fail when the routes take more room than an environment has', () => {
    const routes = Array.from({ length: 60 }, (_, i) =>
      Route.post(`/route-with-a-long-name-${i}`, { access: Access.ANYONE }),
    );
    expect(() => Template.fromStack(make({ routes }).stack)).toThrow('environment must fit 4096 bytes');
  });
});

test('the same app gives the same template twice', () => {
  expect(Template.fromStack(make({}, userPool).stack).toJSON()).toEqual(
    Template.fromStack(make({}, userPool).stack).toJSON(),
  );
});
