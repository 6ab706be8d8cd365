import { type Concurrency, FakeScaling, ScalingError } from '../../../local/scaling';

const ALIAS = { ServiceNamespace: 'lambda', ResourceId: 'function:search:live' };
const TARGET = { ...ALIAS, ScalableDimension: 'lambda:function:ProvisionedConcurrency' };
const TRACKING = {
  PolicyName: 'ours',
  PolicyType: 'TargetTrackingScaling',
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue: 0.7,
    PredefinedMetricSpecification: { PredefinedMetricType: 'LambdaProvisionedConcurrencyUtilization' },
  },
};
const NOON = Date.parse('2026-11-24T12:00:00Z');

/** Lambda with one alias. */
class OneAlias implements Concurrency {
  public units: number | undefined = 2;
  public refusal?: string;
  public writes: number[] = [];

  public async read(): Promise<number | undefined> {
    return this.units;
  }

  public async write(_alias: unknown, units: number): Promise<void> {
    if (this.refusal !== undefined) throw new Error(this.refusal);
    this.units = units;
    this.writes.push(units);
  }
}

let missing: string[];
let lambda: OneAlias;
let now: number;
let fake: FakeScaling;
const log: string[] = [];
beforeEach(() => {
  missing = [];
  lambda = new OneAlias();
  now = NOON;
  log.length = 0;
  fake = new FakeScaling({
    region: 'us-east-1',
    account: '000000000000',
    concurrency: lambda,
    now: () => now,
    log: (line) => log.push(line),
    missingRights: () => missing,
  });
});

const call = (operation: string, input: object = {}) => fake.call(operation, input as Record<string, unknown>);
const register = (bounds: object) => call('RegisterScalableTarget', { ...TARGET, ...bounds });
const bounds = async () => {
  const { ScalableTargets } = await call('DescribeScalableTargets', ALIAS);
  const [found] = ScalableTargets as { MinCapacity: number; MaxCapacity: number }[];
  return found === undefined ? undefined : [found.MinCapacity, found.MaxCapacity];
};
const activities = async () =>
  (await call('DescribeScalingActivities', ALIAS))['ScalingActivities'] as {
    StatusCode: string;
    StatusMessage: string;
  }[];

describe('a scalable target', () => {
  test('brings capacity inside of its bounds when it is registered, and again at each change', async () => {
    await register({ MinCapacity: 5, MaxCapacity: 9 });
    expect(lambda.writes).toEqual([5]);
    await register({ MinCapacity: 7 });
    expect([await bounds(), lambda.writes]).toEqual([
      [7, 9],
      [5, 7],
    ]);
    await register({ MinCapacity: 1, MaxCapacity: 3 });
    expect(lambda.writes).toEqual([5, 7, 3]);
  });

  test('keeps capacity that is within the bounds, also with a lower minimum', async () => {
    await register({ MinCapacity: 5, MaxCapacity: 9 });
    await register({ MinCapacity: 2 });
    expect([await bounds(), lambda.units, lambda.writes]).toEqual([[2, 9], 5, [5]]);
  });

  test('may be registered before its alias is there, and then changes nothing', async () => {
    lambda.units = undefined;
    await register({ MinCapacity: 5, MaxCapacity: 9 });
    expect([await bounds(), lambda.writes, await activities()]).toEqual([[5, 9], [], []]);
  });

  test('keeps its bounds when Lambda refuses the capacity, and tells why', async () => {
    lambda.refusal = 'Alias with weights can not be used with Provisioned Concurrency';
    await register({ MinCapacity: 5, MaxCapacity: 9 });
    expect([await bounds(), lambda.units]).toEqual([[5, 9], 2]);
    expect(await activities()).toMatchObject([{ StatusCode: 'Failed', StatusMessage: lambda.refusal }]);
    expect(log.join()).toMatch(/fake.*failed: Alias with weights/);
  });

  test('loses its policies and actions when it is deregistered, and keeps the capacity', async () => {
    await register({ MinCapacity: 5, MaxCapacity: 9 });
    await call('PutScalingPolicy', { ...TARGET, ...TRACKING });
    await call('PutScheduledAction', {
      ...TARGET,
      ScheduledActionName: 'later',
      Schedule: 'at(2026-11-24T13:00:00)',
      ScalableTargetAction: { MinCapacity: 1 },
    });
    await call('DeregisterScalableTarget', TARGET);
    expect([await bounds(), lambda.units]).toEqual([undefined, 5]);
    expect(await call('DescribeScalingPolicies', ALIAS)).toEqual({ ScalingPolicies: [] });
    expect(await call('DescribeScheduledActions', ALIAS)).toEqual({ ScheduledActions: [] });
  });

  test('fails to be deregistered when it is not there', async () => {
    await expect(call('DeregisterScalableTarget', TARGET)).rejects.toMatchObject({
      code: 'ObjectNotFoundException',
      message:
        'No scalable target found for service namespace: lambda, resource ID: function:search:live, scalable dimension: lambda:function:ProvisionedConcurrency',
    });
  });

  test('is shown as the service shows it', async () => {
    await register({ MinCapacity: 5, MaxCapacity: 9, SuspendedState: { ScheduledScalingSuspended: true } });
    expect(await call('DescribeScalableTargets', { ...ALIAS, ResourceIds: [ALIAS.ResourceId] })).toEqual({
      ScalableTargets: [
        {
          ...TARGET,
          MinCapacity: 5,
          MaxCapacity: 9,
          CreationTime: NOON / 1000,
          RoleARN: expect.stringContaining('AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency'),
          ScalableTargetARN: expect.stringMatching(
            /^arn:aws:application-autoscaling:us-east-1:000000000000:scalable-target\//,
          ),
          SuspendedState: {
            DynamicScalingInSuspended: false,
            DynamicScalingOutSuspended: false,
            ScheduledScalingSuspended: true,
          },
        },
      ],
    });
  });

  test('remains suspended until a request resumes it', async () => {
    await register({ MinCapacity: 5, MaxCapacity: 9, SuspendedState: { ScheduledScalingSuspended: true } });
    await register({ MinCapacity: 6 });
    expect(await call('DescribeScalableTargets', ALIAS)).toMatchObject({
      ScalableTargets: [{ SuspendedState: { ScheduledScalingSuspended: true } }],
    });
  });

  test('is listed in pages; the last page has no token', async () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      await register({ ResourceId: `function:${name}:live`, MinCapacity: 1, MaxCapacity: 9 });
    }
    const page = (more: object) =>
      call('DescribeScalableTargets', { ServiceNamespace: 'lambda', MaxResults: 2, ...more });
    const { ScalableTargets, NextToken } = await page({});
    expect(ScalableTargets).toMatchObject([{ ResourceId: 'function:a:live' }, { ResourceId: 'function:b:live' }]);
    expect(await page({ NextToken })).toEqual({
      ScalableTargets: [
        expect.objectContaining({ ResourceId: 'function:c:live' }),
        expect.objectContaining({ ResourceId: 'function:d:live' }),
      ],
    });
    expect(await page({ ResourceIds: ['function:c:live', 'function:x:live'] })).toEqual({
      ScalableTargets: [expect.objectContaining({ ResourceId: 'function:c:live' })],
    });
  });
});

describe('what the service would refuse', () => {
  test.each([
    ['bounds left out at first', 'RegisterScalableTarget', { MinCapacity: 1 }, /must be specified/],
    ['a minimum above the maximum', 'RegisterScalableTarget', { MinCapacity: 9, MaxCapacity: 5 }, /cannot be less/],
    ['a minimum below zero', 'RegisterScalableTarget', { MinCapacity: -1, MaxCapacity: 5 }, /'minCapacity'/],
    [
      'a broken minimum',
      'RegisterScalableTarget',
      { MinCapacity: 1.5, MaxCapacity: 5 },
      /Value '1.5' at 'minCapacity'/,
    ],
    ['no service', 'RegisterScalableTarget', { ServiceNamespace: undefined }, /Value null at 'serviceNamespace'/],
    ['an unknown service', 'RegisterScalableTarget', { ServiceNamespace: 'lamda' }, /enum value set: \[.*lambda.*\]/],
    ['another service', 'RegisterScalableTarget', { ServiceNamespace: 'ecs' }, /^Unsupported service namespace/],
    ['another dimension', 'RegisterScalableTarget', { ScalableDimension: 'lambda:function:Memory' }, /^Unsupported/],
    ['a function without an alias', 'RegisterScalableTarget', { ResourceId: 'function:search' }, /^Unsupported/],
    ['the unpublished version', 'RegisterScalableTarget', { ResourceId: 'function:search:$LATEST' }, /^Unsupported/],
    [
      'two faults at once',
      'RegisterScalableTarget',
      { ServiceNamespace: 'x', MinCapacity: 'y' },
      /^2 validation errors/,
    ],
    ['a foreign token', 'DescribeScalableTargets', { NextToken: 'x' }, /'nextToken'/],
    ['too large a page', 'DescribeScalableTargets', { MaxResults: 51 }, /'maxResults'/],
    ['a dimension alone', 'DescribeScalingPolicies', { ResourceId: undefined }, /must also specify a resource ID/],
  ])('fails with ValidationException for %s', async (_what, operation, input, message) => {
    await expect(call(operation, { ...TARGET, ...input })).rejects.toMatchObject({
      name: 'ScalingError',
      code: 'ValidationException',
      message: expect.stringMatching(message),
    });
    expect(lambda.writes).toEqual([]);
  });

  test.each(['DescribeNothing', 'constructor', ''])('fails for the operation %p', async (operation) => {
    await expect(call(operation, TARGET)).rejects.toMatchObject({ code: 'UnknownOperationException' });
  });
});

describe('a scaling policy', () => {
  const put = (change: object) => call('PutScalingPolicy', { ...TARGET, ...TRACKING, ...change });
  const configured = (change: object) => ({
    TargetTrackingScalingPolicyConfiguration: { ...TRACKING.TargetTrackingScalingPolicyConfiguration, ...change },
  });

  test('is kept, replaced under its name with the same ARN, and deleted', async () => {
    await register({ MinCapacity: 1, MaxCapacity: 9 });
    const { PolicyARN, Alarms } = await put({});
    expect(Alarms).toHaveLength(2);
    expect(await put(configured({ TargetValue: 0.95 }))).toEqual({ PolicyARN, Alarms });
    expect(await call('DescribeScalingPolicies', { ...TARGET, PolicyNames: ['ours'] })).toMatchObject({
      ScalingPolicies: [{ PolicyARN, TargetTrackingScalingPolicyConfiguration: { TargetValue: 0.95 } }],
    });
    expect(await call('DescribeScalingPolicies', { ...TARGET, PolicyNames: ['other'] })).toEqual({
      ScalingPolicies: [],
    });
    await call('DeleteScalingPolicy', { ...TARGET, PolicyName: 'ours' });
    const again = call('DeleteScalingPolicy', { ...TARGET, PolicyName: 'ours' });
    await expect(again).rejects.toMatchObject({ code: 'ObjectNotFoundException' });
  });

  test('fails without a registered target', async () => {
    await expect(put({})).rejects.toMatchObject({
      code: 'ObjectNotFoundException',
      message: expect.stringMatching(/^No scalable target registered for service namespace: lambda, resource ID: /),
    });
  });

  test.each([
    ['without a type, which means step scaling', { PolicyType: undefined }],
    ['of predictive scaling', { PolicyType: 'PredictiveScaling' }],
    ['of no known type', { PolicyType: 'Magic' }],
    ['without a configuration', { TargetTrackingScalingPolicyConfiguration: undefined }],
    ['without a target value', configured({ TargetValue: undefined })],
    ['with a target value of 0', configured({ TargetValue: 0 })],
    ['with 70 for 70 %', configured({ TargetValue: 70 })],
    ['without a metric', configured({ PredefinedMetricSpecification: undefined })],
    ['with two metrics', configured({ CustomizedMetricSpecification: { MetricName: 'x' } })],
    [
      'with the metric of another service',
      configured({ PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' } }),
    ],
    ['with a negative cooldown', configured({ ScaleInCooldown: -1 })],
  ])('fails %s', async (_what, change) => {
    await register({ MinCapacity: 1, MaxCapacity: 9 });
    await expect(put(change)).rejects.toMatchObject({ code: 'ValidationException' });
  });
});

describe('a scheduled action', () => {
  const put = (change: object) =>
    call('PutScheduledAction', {
      ...TARGET,
      ScheduledActionName: 'back',
      Schedule: 'at(2026-11-24T12:05:00)',
      ScalableTargetAction: { MinCapacity: 3 },
      ...change,
    });
  const kept = async () => (await call('DescribeScheduledActions', ALIAS))['ScheduledActions'];

  test('sets its bounds once its time has come, once', async () => {
    await register({ MinCapacity: 5, MaxCapacity: 9 });
    await put({});
    now = NOON + 5 * 60_000 - 1;
    await fake.runDueActions();
    expect(await bounds()).toEqual([5, 9]);
    now += 1;
    await fake.runDueActions();
    expect(await bounds()).toEqual([3, 9]);
    expect([lambda.units, await kept()]).toEqual([5, []]);
  });

  test('raises the capacity where its minimum is above it, and is put off by being put again', async () => {
    await register({ MinCapacity: 1, MaxCapacity: 9 });
    await put({ ScalableTargetAction: { MinCapacity: 8 } });
    await put({ Schedule: 'at(2026-11-24T12:10:00)', ScalableTargetAction: undefined });
    expect(await kept()).toMatchObject([{ ScalableTargetAction: { MinCapacity: 8 } }]);
    now = NOON + 6 * 60_000;
    await fake.runDueActions();
    expect(lambda.writes).toEqual([]);
    now = NOON + 10 * 60_000;
    await fake.runDueActions();
    expect([lambda.writes, await bounds()]).toEqual([[8], [8, 9]]);
  });

  test('does nothing while scheduled scaling is suspended, or if the maximum would be below the minimum', async () => {
    await register({ MinCapacity: 5, MaxCapacity: 9, SuspendedState: { ScheduledScalingSuspended: true } });
    await put({});
    now = NOON + 3_600_000;
    await fake.runDueActions();
    expect(await bounds()).toEqual([5, 9]);
    await register({ SuspendedState: { ScheduledScalingSuspended: false } });
    await put({ Schedule: 'at(2026-11-24T13:05:00)', ScalableTargetAction: { MinCapacity: 10 } });
    now = NOON + 2 * 3_600_000;
    await fake.runDueActions();
    expect([await bounds(), (await activities())[0]]).toEqual([
      [5, 9],
      expect.objectContaining({ StatusCode: 'Failed' }),
    ]);
  });

  test('can be deleted, and fails to be when it is not there', async () => {
    await register({ MinCapacity: 5, MaxCapacity: 9 });
    await put({});
    const remove = () => call('DeleteScheduledAction', { ...TARGET, ScheduledActionName: 'back' });
    await remove();
    await expect(remove()).rejects.toMatchObject({ code: 'ObjectNotFoundException' });
  });

  test('fails without a registered target', async () => {
    await expect(put({})).rejects.toMatchObject({ code: 'ObjectNotFoundException' });
  });

  test.each([
    ['in the past', { Schedule: 'at(2026-11-24T12:00:00)' }],
    ['without a schedule', { Schedule: undefined }],
    ['on a day that is none', { Schedule: 'at(2026-02-30T12:00:00)' }],
    ['without a name', { ScheduledActionName: undefined }],
    ['without bounds', { ScalableTargetAction: {} }],
    ['with bounds turned around', { ScalableTargetAction: { MinCapacity: 5, MaxCapacity: 4 } }],
    ['with an end before its start', { StartTime: 2_000_000_000, EndTime: 1_900_000_000 }],
    ['with a broken minimum', { ScalableTargetAction: { MinCapacity: 0.5 } }],
  ])('fails %s', async (_what, change) => {
    await register({ MinCapacity: 5, MaxCapacity: 9 });
    await expect(put(change)).rejects.toBeInstanceOf(ScalingError);
    await expect(put(change)).rejects.toMatchObject({ code: 'ValidationException' });
    expect(await kept()).toEqual([]);
  });
});

describe('a caller', () => {
  test('without a right that the service checks may neither register nor put a policy', async () => {
    await register({ MinCapacity: 5, MaxCapacity: 9 });
    missing = ['cloudwatch:DescribeAlarms'];
    const refusal = 'The caller is not authorized to perform: cloudwatch:DescribeAlarms';
    await expect(register({ MinCapacity: 6 })).rejects.toThrow(refusal);
    await expect(call('PutScalingPolicy', { ...TARGET, ...TRACKING })).rejects.toThrow(refusal);
    expect(await bounds()).toEqual([5, 9]);
  });

  test('may tag a new target, and not one that is registered', async () => {
    const tagged = { MinCapacity: 5, MaxCapacity: 9, Tags: { team: 'search' } };
    await register(tagged);
    await expect(register(tagged)).rejects.toThrow('The scalable target that you tried to tag already exists');
  });
});
