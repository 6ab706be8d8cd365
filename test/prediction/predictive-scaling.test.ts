import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AliasedFunction, Scaling } from '../../lib/functions';
import { Access, MicroModule, Route } from '../../lib/modules';
import { ColdStartGoal, PredictiveScaling } from '../../lib/prediction';
import { DeploymentProfile } from '../../lib/profile';
import { CAPACITY, type CapacityTarget } from '../../lib/protocol';
import { handler, predicted, resource, shop, text } from './fixtures';

/** What the floor controller is told of its target. */
const told = (template: Template): CapacityTarget =>
  JSON.parse(text(resource(template, CAPACITY.resourceType).Properties['Target'])) as CapacityTarget;

describe('PredictiveScaling', () => {
  test('replaces the scaling of the alias, so that a deployment doesn’t reset its minimum', () => {
    const template = predicted().template();
    template.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
    template.resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 0);
    template.hasResourceProperties('AWS::Lambda::Alias', {
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
  });

  test('doesn’t change the scaling of other targets', () => {
    const { stack, template } = predicted();
    new AliasedFunction(stack, 'Other', { handler, scaling: Scaling.provisioned({ min: 3, max: 4 }) });
    template().hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 3, MaxCapacity: 4 });
  });

  test('passes the alias and its bounds to the floor controller', () => {
    expect(told(predicted().template())).toEqual({
      name: 'Shop/Checkout',
      functionName: '<CheckoutFunction>',
      aliasName: 'live',
      min: 2,
      max: 50,
      leadMinutes: 5,
      goal: { price: 40 },
    });
  });

  test('passes all other props to it', () => {
    const { search, checkout, stack } = shop();
    new PredictiveScaling(stack, 'Ahead', {
      target: checkout,
      goal: ColdStartGoal.atMost(0.01),
      lead: Duration.minutes(15),
      timeZone: 'Europe/Berlin',
      holidays: ['2026-12-26', '2026-12-25'],
      events: [
        { start: '2026-11-27T08:00:00+01:00', end: '2026-11-27T12:00:00+01:00', factor: 3 },
        { start: '2026-11-30T08:00:00Z', end: '2026-11-30T09:00:00Z', demand: 40 },
      ],
      indicators: [search],
    });
    expect(told(Template.fromStack(stack))).toMatchObject({
      leadMinutes: 15,
      goal: { coldShare: 0.01 },
      timeZone: 'Europe/Berlin',
      holidays: ['2026-12-25', '2026-12-26'],
      events: [
        { from: '2026-11-27T08:00:00+01:00', until: '2026-11-27T12:00:00+01:00', factor: 3 },
        { from: '2026-11-30T08:00:00Z', until: '2026-11-30T09:00:00Z', demand: 40 },
      ],
      indicators: ['<SearchFunction>'],
    });
  });

  test('runs the floor controller every minute with the same input, without retries or a flexible window', () => {
    const template = predicted().template();
    const { Properties } = resource(template, 'AWS::Scheduler::Schedule');
    expect(Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
    });
    const target = Properties['Target'] as Record<string, unknown>;
    expect(text(target['Arn'])).toBe('<BreakwaterFloorControllerFunctionLive>');
    expect(text(target['Input'])).toBe(text(resource(template, CAPACITY.resourceType).Properties['Target']));
  });

  test('lets only this schedule assume the role that starts the floor controller’s alias', () => {
    const template = predicted().template();
    const role = resource(template, 'AWS::IAM::Role', 'AheadScheduleRole');
    const [trust] = (role.Properties['AssumeRolePolicyDocument'] as { Statement: Record<string, unknown>[] }).Statement;
    expect(trust!['Principal']).toEqual({ Service: 'scheduler.amazonaws.com' });
    const condition = (trust!['Condition'] as { StringEquals: Record<string, unknown> }).StringEquals;
    expect(condition['aws:SourceAccount']).toEqual({ Ref: 'AWS::AccountId' });
    expect(text(condition['aws:SourceArn'])).toBe(
      'arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule-group/default',
    );
    const policy = resource(template, 'AWS::IAM::Policy', 'AheadScheduleRole');
    expect((policy.Properties['PolicyDocument'] as { Statement: unknown }).Statement).toEqual([
      {
        Effect: 'Allow',
        Action: 'lambda:InvokeFunction',
        Resource: { Ref: expect.stringMatching(/^BreakwaterFloorControllerFunctionLive/) },
      },
    ]);
  });

  test('registers after alias and permissions are created, and is scheduled after that', () => {
    const template = predicted().template();
    const registration = resource(template, CAPACITY.resourceType);
    const alias = resource(template, 'AWS::Lambda::Alias', 'Checkout').id;
    const [shared, own] = ['BreakwaterFloorControllerFunction', 'BreakwaterFloorControllerTargets'].map(
      (id) => resource(template, 'AWS::IAM::Policy', id).id,
    );
    expect(registration.DependsOn).toEqual(expect.arrayContaining([alias, shared, own]));
    expect(resource(template, 'AWS::Scheduler::Schedule').DependsOn).toContain(registration.id);
  });

  test('isn’t scheduled before it has its permissions', () => {
    const template = predicted().template();
    const policy = resource(template, 'AWS::IAM::Policy', 'AheadScheduleRole').id;
    expect(resource(template, 'AWS::Scheduler::Schedule').DependsOn).toContain(policy);
  });

  test('takes a micro-module, and names it by its own path', () => {
    const { stack } = shop();
    const target = new MicroModule(stack, 'Basket', {
      handler,
      routes: [Route.get('/basket', { access: Access.ANYONE })],
      scaling: Scaling.provisioned({ min: 1, max: 9 }),
    });
    const ahead = new PredictiveScaling(stack, 'Ahead', { target });
    expect(ahead.targetName).toBe('Shop/Basket');
    expect(told(Template.fromStack(stack))).toMatchObject({ name: 'Shop/Basket', max: 9 });
  });

  test('gives different names in two stacks of one app', () => {
    const app = new App({ context: {} });
    const names = ['Blue', 'Green'].map((stackName) => {
      const stack = new Stack(new Stack(app, stackName), 'Shop', { stackName });
      const target = new AliasedFunction(stack, 'Checkout', {
        handler,
        scaling: Scaling.provisioned({ min: 1, max: 2 }),
      });
      return new PredictiveScaling(stack, 'Ahead', { target }).targetName;
    });
    expect(names).toEqual(['Blue/Checkout', 'Green/Checkout']);
  });

  test('makes one floor controller for all targets of a stack', () => {
    const { stack, template } = predicted();
    const scaling = Scaling.provisioned({ min: 1, max: 2 });
    const target = new AliasedFunction(stack, 'Basket', { handler, scaling });
    new PredictiveScaling(stack, 'BasketAhead', { target });
    template().resourceCountIs('AWS::Scheduler::Schedule', 2);
    template().resourceCountIs('AWS::DynamoDB::Table', 1);
    template().resourceCountIs('AWS::Lambda::EventInvokeConfig', 1);
  });

  test('synthesizes the same template twice, and with all feature flags of a new app', () => {
    expect(predicted().template().toJSON()).toEqual(predicted().template().toJSON());
    const stack = new Stack(new App({ context: { '@aws-cdk/aws-iam:minimizePolicies': true } }), 'Shop');
    const target = new AliasedFunction(stack, 'Checkout', {
      handler,
      scaling: Scaling.provisioned({ min: 2, max: 50 }),
    });
    new PredictiveScaling(stack, 'Ahead', { target });
    expect(told(Template.fromStack(stack)).functionName).toBe('<CheckoutFunction>');
  });

  test.each(['Floor', 'Acting', 'Degraded', 'Forecast', 'Demand'] as const)('has a metric of %s', (name) => {
    const { ahead, stack } = predicted();
    const metric = ahead[`metric${name}`]();
    expect([metric.namespace, metric.metricName]).toEqual(['Breakwater/Capacity', name]);
    expect(stack.resolve(metric.dimensions)).toEqual({ Target: 'Shop/Checkout' });
    expect(metric.period.toSeconds()).toBe(60);
    expect(ahead[`metric${name}`]({ statistic: 'p50' }).statistic).toBe('p50');
  });

  test('its metrics show a minute in which it did not act, or was degraded', () => {
    const { ahead } = predicted();
    expect([ahead.metricActing().statistic, ahead.metricDegraded().statistic]).toEqual(['Minimum', 'Maximum']);
  });
});

describe('PredictiveScaling of a floor that can’t move', () => {
  const warning = Match.stringLikeRegexp(
    "the floor of 'Shop/Basket' cannot move: its min and max are both 5, so .*; give Scaling.provisioned a max above min, or remove this construct",
  );
  const basket = (max: number, profile: DeploymentProfile) => {
    const { stack } = shop();
    const target = new AliasedFunction(stack, 'Basket', {
      handler,
      scaling: Scaling.provisioned({ min: 5, max }),
      profile,
    });
    new PredictiveScaling(stack, 'Ahead', { target, profile });
    return Annotations.fromStack(stack);
  };

  test.each([DeploymentProfile.PRODUCTION, DeploymentProfile.SANDBOX])(
    'says so under $profileName, and what to do',
    (profile) => {
      basket(5, profile).hasWarning('/Shop/Ahead', warning);
    },
  );

  test('gives no warning for a floor that can move', () => {
    basket(6, DeploymentProfile.PRODUCTION).hasNoWarning('/Shop/Ahead', Match.anyValue());
  });
});

test.each([
  [4, true],
  [5, false],
])('PredictiveScaling with a lead of %i minutes: that it is too short is said: %s', (minutes, told) => {
  const { stack } = predicted({ lead: Duration.minutes(minutes) });
  const warnings = Annotations.fromStack(stack).findWarning(
    '*',
    Match.stringLikeRegexp(`a lead of ${minutes} minutes`),
  );
  expect(warnings).toHaveLength(told ? 1 : 0);
});

test('PredictiveScaling doesn’t depend on the date: an event in the past is synthesized in the same way', () => {
  const synthesized = (now: string) => {
    jest.useFakeTimers({ now: new Date(now) });
    try {
      const start = '2026-11-27T08:00:00Z';
      const { stack, template } = predicted({ events: [{ start, end: '2026-11-27T12:00:00Z', factor: 3 }] });
      const metadata = stack.node.findAll().flatMap(({ node }) => node.metadata);
      const notes = metadata.filter(({ type }) => /^aws:cdk:(info|warning|error)$/.test(type)).map(({ data }) => data);
      return { template: template().toJSON(), notes };
    } finally {
      jest.useRealTimers();
    }
  };
  expect(synthesized('2027-11-01T00:00:00Z')).toEqual(synthesized('2026-11-01T00:00:00Z'));
});

describe('PredictiveScaling in the sandbox', () => {
  test('creates nothing, and a note says so', () => {
    const { stack, ahead, template } = predicted({ profile: DeploymentProfile.SANDBOX });
    expect(ahead.provisions).toBe(false);
    template().resourceCountIs('AWS::Scheduler::Schedule', 0);
    template().resourceCountIs(CAPACITY.resourceType, 0);
    template().resourceCountIs('AWS::DynamoDB::Table', 0);
    expect(stack.node.tryFindChild('BreakwaterFloorController')).toBeUndefined();
    Annotations.fromStack(stack).hasInfo(
      '/Shop/Ahead',
      Match.stringLikeRegexp(
        'the sandbox profile provisions no concurrency, so there is no forecast for Shop/Checkout',
      ),
    );
  });

  test('keeps target tracking for a target that is provisioned nevertheless', () => {
    const { stack, checkout } = shop();
    new PredictiveScaling(stack, 'Ahead', { target: checkout, profile: DeploymentProfile.SANDBOX });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 1);
    template.resourceCountIs('AWS::Scheduler::Schedule', 0);
  });

  test('still fails on invalid props', () => {
    expect(() => predicted({ profile: DeploymentProfile.SANDBOX, timeZone: 'Mars/Olympus' })).toThrow(
      "got 'Mars/Olympus'",
    );
  });
});
