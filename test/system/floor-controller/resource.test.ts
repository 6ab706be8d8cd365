import { scalableTargetResource } from '../../../lambdas/system/floor-controller/resource';
import type { Properties } from '../../../lambdas/system/resource/custom-resource';
import type { CapacityTarget } from '../../../lib/protocol';
import { FakeCloud, MONDAY, RESOURCE_ID, TARGET } from './fake-cloud';

const propertiesOf = (target: unknown): Properties => ({ ServiceToken: 'arn', Target: JSON.stringify(target) });
const PROPERTIES = propertiesOf(TARGET);

const LAMBDA = {
  ServiceNamespace: 'lambda',
  ScalableDimension: 'lambda:function:ProvisionedConcurrency',
  ResourceId: RESOURCE_ID,
};
const OTHER_POLICY = {
  PolicyName: 'ShopCheckoutTracking',
  PolicyType: 'TargetTrackingScaling',
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue: 0.7,
    PredefinedMetricSpecification: { PredefinedMetricType: 'LambdaProvisionedConcurrencyUtilization' },
  },
};

describe('the scalable target as a resource of a stack', () => {
  let cloud: FakeCloud;
  const handlers = () => scalableTargetResource(cloud.dependencies());
  beforeEach(async () => {
    cloud = await FakeCloud.start();
  });
  afterEach(() => cloud.stop());

  test('is registered at its minimum, tracked reactively, and known to ticks', async () => {
    expect(await handlers().create(PROPERTIES)).toEqual({
      physicalResourceId: 'function:checkout:live',
      data: {
        ResourceId: 'function:checkout:live',
        Gate: 'the backtest runs in the first run of the floor controller, within a minute',
      },
    });
    expect(cloud.inputOf('application-autoscaling.RegisterScalableTarget')).toEqual({
      ServiceNamespace: 'lambda',
      ScalableDimension: 'lambda:function:ProvisionedConcurrency',
      ResourceId: 'function:checkout:live',
      MinCapacity: 2,
      MaxCapacity: 50,
      Tags: { 'breakwater:stack': 'Shop' },
    });
    expect(cloud.inputOf('application-autoscaling.PutScalingPolicy')).toMatchObject({
      PolicyName: 'breakwater-predictive',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 0.7,
        CustomizedMetricSpecification: {
          Namespace: 'AWS/Lambda',
          MetricName: 'ProvisionedConcurrencyUtilization',
          Statistic: 'Maximum',
          Dimensions: [
            { Name: 'FunctionName', Value: 'checkout' },
            { Name: 'Resource', Value: 'checkout:live' },
          ],
        },
      },
    });
    expect(await cloud.dependencies().store.record(RESOURCE_ID)).toMatchObject({ minute: 0, stateVersion: 0 });
  });

  test.each([
    ['kept', {}, 30],
    ['brought up to a new minimum', { min: 40 }, 40],
    ['brought down to a new maximum', { max: 20 }, 20],
  ])('has its floor %s by an update', async (_, change: Partial<CapacityTarget>, floor) => {
    await handlers().create(PROPERTIES);
    await cloud.dependencies().targets.update(RESOURCE_ID, { min: 30 });
    const { store } = cloud.dependencies();
    const record = (await store.record(RESOURCE_ID))!;
    await store.replaceRecord(RESOURCE_ID, { ...record, minute: 9, run: 'tick' }, record);
    await handlers().update(propertiesOf({ ...TARGET, ...change }), PROPERTIES, RESOURCE_ID);
    expect(await cloud.floor()).toBe(floor);
    // What ticks know isn't forgotten.
    expect(await store.record(RESOURCE_ID)).toMatchObject({ minute: 9, run: 'tick' });
  });

  test('is the same after the same event came twice', async () => {
    await handlers().create(PROPERTIES);
    await handlers().create(PROPERTIES);
    expect(await cloud.floor()).toBe(2);
    await handlers().remove(PROPERTIES, RESOURCE_ID);
    await handlers().remove(PROPERTIES, RESOURCE_ID);
    expect(await cloud.floor()).toBeUndefined();
  });

  test('is another one for another function or alias', async () => {
    const outcome = await handlers().update(propertiesOf({ ...TARGET, aliasName: 'next' }), PROPERTIES, RESOURCE_ID);
    expect(outcome!.physicalResourceId).toBe('function:checkout:next');
  });

  test('names events that are over, and registers all the same', async () => {
    const day = (date: string, more = {}) => ({ from: `${date}T07:00:00Z`, until: `${date}T08:00:00Z`, ...more });
    cloud.now = Date.parse('2026-11-02T08:00:00Z');
    const over = [day('2025-11-28', { factor: 3 }), day('2026-11-02', { demand: 9 })];
    const events = [over[0]!, day('2026-11-27', { factor: 3 }), over[1]!];
    await handlers().create(propertiesOf({ ...TARGET, events }));
    expect(cloud.lines).toEqual([
      {
        level: 'WARN',
        message: expect.stringContaining('events are over and raise no floor: keep each for a week after its end'),
        resourceId: RESOURCE_ID,
        events: over,
      },
    ]);
    expect(await cloud.floor()).toBe(2);
  });

  test('says nothing of events that are to come or on', async () => {
    cloud.now = Date.parse('2026-11-02T07:59:59Z');
    const events = [{ from: '2026-11-02T07:00:00Z', until: '2026-11-02T08:00:00Z', factor: 3 }];
    await handlers().create(propertiesOf({ ...TARGET, events }));
    await handlers().update(PROPERTIES, PROPERTIES, RESOURCE_ID);
    expect(cloud.lines).toEqual([]);
  });

  test('takes everything with it, and leaves what belongs to others', async () => {
    const { store } = cloud.dependencies();
    await handlers().create(PROPERTIES);
    await store.replaceState(RESOURCE_ID, { version: 1, text: '{}' });
    for (const day of [1, 2, 3]) {
      await store.putDay(RESOURCE_ID, { series: 'demand', day, until: 0, packed: Uint8Array.from([1]) });
    }
    await store.createRecord('function:search:live');
    await handlers().remove(PROPERTIES, RESOURCE_ID);
    expect(await cloud.floor()).toBeUndefined();
    expect(cloud.stub.items('capacity').map((item) => item['target']!.S)).toEqual(['function:search:live']);
    // Its record first, so that no run registers it again.
    const keys = cloud.calls
      .filter(({ name }) => /DeleteItem|Deregister/.test(name))
      .map(({ name, input }) => (input['Key'] as { part: { S: string } })?.part.S ?? name);
    expect(keys[0]).toBe('record');
    expect(keys.at(-1)).toBe('application-autoscaling.DeregisterScalableTarget');
  });

  test('leaves an alias that stays at its minimum, not at its last floor', async () => {
    await handlers().create(PROPERTIES);
    await cloud.dependencies().targets.update(RESOURCE_ID, { min: 30 });
    expect(cloud.provisioned).toBe(30);
    await handlers().remove(PROPERTIES, RESOURCE_ID);
    expect(cloud.provisioned).toBe(2);
    // While it is registered, its floor would bring it up again.
    const order = cloud.calls.map(({ name }) => name).filter((name) => /Deregister|lambda.PutProvisioned/.test(name));
    expect(order).toEqual([
      'application-autoscaling.DeregisterScalableTarget',
      'lambda.PutProvisionedConcurrencyConfig',
    ]);
  });

  test.each([
    ['the alias has no provisioned concurrency any more', undefined, {}],
    ['the alias has no more than its minimum', 2, {}],
  ])('provisions nothing when %s', async (_, provisioned, properties) => {
    await handlers().create(PROPERTIES);
    cloud.provisioned = provisioned;
    await handlers().remove({ ...PROPERTIES, ...properties }, RESOURCE_ID);
    expect(cloud.count('lambda.PutProvisioned')).toBe(0);
    expect(cloud.lines).toEqual([]);
  });

  test.each([
    ['the function is gone', PROPERTIES, {}, [404, 'ResourceNotFoundException'] as [number, string]],
    ['traffic shifts', PROPERTIES, { '8': 0.1 }, undefined],
    ['its properties can’t be read', { Target: 'nonsense' }, {}, undefined],
  ])('is removed even when %s', async (_, properties, weights, refusal) => {
    await handlers().create(PROPERTIES);
    cloud.provisioned = 30;
    cloud.weights = weights as Record<string, number>;
    cloud.intervene = (name) => (name.startsWith('lambda') ? refusal : undefined);
    await handlers().remove(properties, RESOURCE_ID);
    expect(await cloud.floor()).toBeUndefined();
    expect(cloud.lines).toEqual([expect.objectContaining({ level: 'WARN', resourceId: RESOURCE_ID })]);
  });

  test.each([
    ['Shop-Registration-1A2B3C', PROPERTIES, undefined],
    ['Registration', PROPERTIES, undefined],
    ['Registration', { Target: 'nonsense' }, 2],
    [RESOURCE_ID, { Target: 'nonsense' }, undefined],
  ])('deleted by the id %s, takes the target that its properties name, or none', async (id, properties, floor) => {
    await handlers().create(PROPERTIES);
    await handlers().remove(properties, id);
    expect(await cloud.floor()).toBe(floor);
    expect(cloud.stub.items('capacity')).toHaveLength(floor === undefined ? 0 : 1);
  });

  test('leaves a target of CloudFormation to its deletion, with a record for the run that follows', async () => {
    await cloud.scaling.call('RegisterScalableTarget', { ...LAMBDA, MinCapacity: 3, MaxCapacity: 9 });
    await cloud.scaling.call('PutScalingPolicy', { ...LAMBDA, ...OTHER_POLICY });
    await handlers().create(PROPERTIES);
    expect(cloud.changes).toEqual([]);
    expect(await cloud.dependencies().store.record(RESOURCE_ID)).toMatchObject({ minute: 0 });
    expect(cloud.lines).toEqual([expect.objectContaining({ message: 'registered by the next run' })]);
  });

  test('withdraws when CloudFormation’s own policy has taken over the alias', async () => {
    await handlers().create(PROPERTIES);
    await cloud.dependencies().targets.fallBackAt(RESOURCE_ID, MONDAY + DAY, 2);
    await cloud.scaling.call('PutScalingPolicy', { ...LAMBDA, ...OTHER_POLICY });
    await handlers().remove(PROPERTIES, RESOURCE_ID);
    expect(await cloud.floor()).toBe(2);
    expect(await cloud.dependencies().targets.policies(RESOURCE_ID)).toEqual({ others: ['ShopCheckoutTracking'] });
    expect(await cloud.fallBack()).toBeUndefined();
    expect(cloud.stub.items('capacity')).toEqual([]);
  });

  test.each([
    [undefined, 'property Target must be a non-empty string'],
    ['{', 'property Target must be JSON of a capacity target, got {'],
    ['[]', 'a capacity target must be an object, got []'],
    ['{"name":"x"}', 'capacity target: functionName must be a non-empty string, got nothing'],
  ])('fails with what is wrong with %s', async (Target, message) => {
    await expect(handlers().create({ Target })).rejects.toThrow(message);
    expect(cloud.calls).toEqual([]);
  });
});

const DAY = 1_440;
