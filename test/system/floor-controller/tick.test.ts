import type { Decision, Situation } from '../../../forecast/decide';
import { readTarget } from '../../../lambdas/system/floor-controller/capacity-target';
import type { Memory } from '../../../lambdas/system/floor-controller/memory';
import { scalableTargetResource } from '../../../lambdas/system/floor-controller/resource';
import { tick } from '../../../lambdas/system/floor-controller/tick';
import type { TickDependencies } from '../../../lambdas/system/floor-controller/tick-dependencies';
import type { CapacityTarget } from '../../../lib/protocol';
import { FakeCloud, MONDAY, RESOURCE_ID, TARGET } from './fake-cloud';

const DAY = 1_440;

jest.setTimeout(20_000);

describe('tick', () => {
  let cloud: FakeCloud;
  let memory: Memory;
  /** What the forecast says next; it is asked with these. */
  let plan: Partial<Decision>;
  let situations: Situation[];
  let runs: number;

  beforeEach(async () => {
    cloud = await FakeCloud.start();
    memory = {};
    plan = { floor: 2, target: 0.7, mode: 'refused', reason: 'costs more' };
    situations = [];
    runs = 0;
    cloud.measure('checkout', MONDAY, MONDAY + 30 * DAY, () => 4);
    await deploy();
  });
  afterEach(() => cloud.stop());

  async function deploy(target: CapacityTarget = TARGET) {
    await scalableTargetResource(cloud.dependencies()).create({ Target: JSON.stringify(target) });
    cloud.calls.length = 0;
  }

  function decide(situation: Situation): Decision {
    situations.push(situation);
    const { state } = situation;
    return {
      floor: 2,
      target: 0.7,
      mode: 'acting',
      reason: 'because',
      forecast: [],
      state,
      stateChanged: false,
      ...plan,
    };
  }

  async function run(over: Partial<TickDependencies> = {}, target: CapacityTarget = TARGET, remembered = memory) {
    cloud.calls.length = 0;
    cloud.lines.length = 0;
    const dependencies = { ...cloud.dependencies(), decide, historyDays: 28, run: `run${++runs}`, ...over };
    await tick(readTarget(target), remembered, dependencies);
  }

  /** The next minute. */
  function pass(minutes = 1) {
    cloud.minute += minutes;
  }

  const acting = (floor: number) => ({ floor, target: 0.9, mode: 'acting' as const, reason: 'wins' });

  describe('while it doesn’t act', () => {
    test('changes nothing, and logs the reason', async () => {
      await run();
      expect(cloud.changes).toEqual([]);
      expect(cloud.lines).toEqual([
        expect.objectContaining({ message: 'decided', mode: 'refused', reason: 'costs more', Floor: 2, Acting: 0 }),
      ]);
      // One claim, and the new target's history: a day of it, and four spans in which nothing was measured.
      expect(cloud.count('dynamodb.PutItem')).toBe(1 + 1 + 4);
    });

    test('passes the known history up to the previous minute to the forecast', async () => {
      await run();
      const [{ now, history, indicators, state, options }] = situations as [Situation];
      expect(now).toBe(cloud.minute);
      expect(history.start).toBe(MONDAY);
      expect(history.values).toHaveLength(8 * 60);
      expect(indicators).toEqual([]);
      expect(state).toEqual({ models: [] });
      const { basis } = readTarget(TARGET);
      expect(options).toMatchObject({
        lead: 5,
        min: 2,
        max: 50,
        goal: { kind: 'price', price: 40 },
        events: [],
        basis,
      });
    });

    test('removes a floor that an earlier run had set', async () => {
      plan = acting(20);
      await run();
      pass();
      plan = { floor: 2, target: 0.5, mode: 'degraded', reason: 'costs too much today' };
      await run();
      // Spare capacity first, then the floor.
      expect(cloud.changes).toEqual([
        'application-autoscaling.PutScalingPolicy',
        'application-autoscaling.RegisterScalableTarget',
      ]);
      expect(await cloud.floor()).toBe(2);
      expect(await cloud.utilisation()).toBe(0.5);
      expect(cloud.lines[0]).toMatchObject({ level: 'WARN', mode: 'degraded', Degraded: 1, Acting: 0 });
    });
  });

  describe('while it acts', () => {
    test('raises the floor after it has scheduled the way back, and only then changes target tracking', async () => {
      plan = acting(20);
      await run();
      expect(cloud.changes).toEqual([
        'application-autoscaling.PutScheduledAction',
        'application-autoscaling.RegisterScalableTarget',
        'application-autoscaling.PutScalingPolicy',
      ]);
      expect(await cloud.floor()).toBe(20);
      expect(await cloud.utilisation()).toBe(0.9);
      expect(cloud.provisioned).toBe(20);
      expect(await cloud.fallBack()).toMatchObject({
        Schedule: 'at(2026-11-02T08:15:00)',
        ScalableTargetAction: { MinCapacity: 2 },
      });
      expect(cloud.lines[0]).toMatchObject({
        mode: 'acting',
        floorBefore: 2,
        utilisationBefore: 0.7,
        Floor: 20,
        Acting: 1,
        Degraded: 0,
        Demand: 4,
      });
    });

    test('changes nothing if the floor is right, and renews the scheduled action every five minutes', async () => {
      plan = acting(20);
      const renewals: number[] = [];
      for (let i = 0; i <= 20; i++) {
        await run();
        if (cloud.count('application-autoscaling.PutScheduledAction') > 0) renewals.push(i);
        if (i > 0) expect(cloud.changes.filter((name) => !name.endsWith('PutScheduledAction'))).toEqual([]);
        pass();
      }
      expect(renewals).toEqual([0, 6, 12, 18]);
      expect((await cloud.fallBack())!.Schedule).toBe('at(2026-11-02T08:33:00)');
    });

    test('Application Auto Scaling removes the floor if there are no more runs', async () => {
      plan = acting(20);
      await run();
      pass(14);
      await cloud.scaling.runDueActions();
      expect(await cloud.floor()).toBe(20);
      pass(1);
      await cloud.scaling.runDueActions();
      expect(await cloud.floor()).toBe(2);
      // And is there again with the next run.
      await run();
      expect(await cloud.floor()).toBe(20);
    });

    test('corrects changes by others', async () => {
      plan = acting(20);
      await run();
      const { targets } = cloud.dependencies();
      await targets.update(RESOURCE_ID, { min: 3 });
      await targets.track(RESOURCE_ID, 0.4);
      pass();
      await run();
      expect(await cloud.floor()).toBe(20);
      expect(await cloud.utilisation()).toBe(0.9);
    });

    test('raises an alias again that a deployment set to its minimum', async () => {
      plan = acting(20);
      await run();
      cloud.provisioned = 2;
      pass();
      await run();
      expect(cloud.changes).toEqual(['application-autoscaling.RegisterScalableTarget']);
      expect(cloud.provisioned).toBe(20);
      cloud.provisioned = undefined;
      pass();
      await run();
      expect(cloud.provisioned).toBe(20);
    });

    test('fails if the policy is refused', async () => {
      cloud.intervene = (name) => (name.endsWith('PutScalingPolicy') ? [400, 'ValidationException'] : undefined);
      plan = acting(20);
      await expect(run()).rejects.toThrow('PutScalingPolicy failed: 400 ValidationException');
      expect(await cloud.floor()).toBe(2);
    });

    test('registers a deployed target again if its registration is missing', async () => {
      plan = acting(20);
      await run();
      await cloud.dependencies().targets.deregister(RESOURCE_ID);
      pass();
      await run();
      expect(await cloud.floor()).toBe(20);
      expect(await cloud.utilisation()).toBe(0.9);
      // Its way back went with it, whatever the record says.
      expect((await cloud.fallBack())!.Schedule).toBe('at(2026-11-02T08:16:00)');
      expect(cloud.lines[0]).toMatchObject({ floorBefore: 'none', utilisationBefore: 'none' });
    });

    test.each([
      [200, 50],
      [0.2, 2],
      [7.2, 8],
    ])('holds a floor of %d within the bounds', async (floor, held) => {
      plan = acting(floor);
      await run();
      expect(await cloud.floor()).toBe(held);
    });

    test('respects a maximum that a deployment has lowered', async () => {
      await cloud.dependencies().targets.update(RESOURCE_ID, { max: 10 });
      plan = acting(20);
      await run();
      expect(await cloud.floor()).toBe(10);
    });

    test('publishes the median that is expected at the end of the lead time', async () => {
      const at = (minute: number, value: number) => ({
        minute,
        quantiles: [
          { level: 0.5, value },
          { level: 0.99, value: 2 * value },
        ],
      });
      plan = { ...acting(20), forecast: [at(cloud.minute + 4, 11), at(cloud.minute + 30, 17)] };
      await run();
      expect(cloud.lines[0]).toMatchObject({ Forecast: 11 });
    });
  });

  describe('the account’s quota', () => {
    test('limits the floor, and the log says what to do', async () => {
      cloud.account = { ConcurrentExecutions: 150, UnreservedConcurrentExecutions: 112 };
      plan = acting(20);
      await run();
      expect(await cloud.floor()).toBe(12);
      expect(cloud.lines[0]).toMatchObject({
        Floor: 12,
        quota:
          'a floor of 20 is forecast, but the account allows 12: of its 150 concurrent executions 112 are unreserved, and Lambda ' +
          "keeps 100 of these free. Request a higher quota 'Concurrent executions' for Lambda, lower the reservations of other " +
          'functions, or lower max',
      });
      pass();
      await run();
      expect(cloud.changes).toEqual([]);
      expect(cloud.lines[0]).toMatchObject({ quota: expect.stringContaining('the account allows 12') });
    });

    test('of a new account leaves the minimum', async () => {
      cloud.account = { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 };
      plan = acting(20);
      await run();
      expect(await cloud.floor()).toBe(2);
    });

    test('isn’t read while the floor doesn’t rise', async () => {
      plan = acting(20);
      await run();
      expect(cloud.count('lambda.GetAccountSettings')).toBe(1);
      plan = acting(15);
      pass();
      await run();
      expect(cloud.count('lambda.GetAccountSettings')).toBe(0);
      expect(await cloud.floor()).toBe(15);
    });

    test('is logged if Lambda can’t provision the floor', async () => {
      cloud.provisioningFailure = 'FUNCTION_ERROR_INIT_FAILURE';
      await run();
      expect(cloud.lines[0]).toMatchObject({ provisioning: 'FUNCTION_ERROR_INIT_FAILURE' });
    });
  });

  test('logs the quantiles of the next hours once an hour', async () => {
    const quantiles = [
      { level: 0.5, value: 4.04 },
      { level: 0.99, value: 9 },
    ];
    plan = { ...acting(20), forecast: [{ minute: cloud.minute + 60, quantiles }] };
    await run();
    expect(cloud.lines).toContainEqual({
      level: 'INFO',
      message: 'next hours',
      target: TARGET.name,
      forecast: [{ at: '2026-11-02T09:00:00.000Z', p50: 4, p99: 9 }],
    });
    pass();
    await run();
    expect(cloud.lines.map(({ message }) => message)).toEqual(['decided']);
  });

  describe('while nothing runs', () => {
    const PUT = 'lambda.PutProvisioned /2019-09-30/functions/checkout/provisioned-concurrency?Qualifier=live';
    const lastRequest = MONDAY + 8 * 60;

    beforeEach(() => {
      // CloudWatch has no values of minutes without a request.
      const measured = cloud.metrics.get('checkout ConcurrentExecutions Maximum')!;
      for (const minute of [...measured.keys()]) if (minute > lastRequest) measured.delete(minute);
      // It rested now and then before, too.
      measured.delete(lastRequest - 30);
      cloud.provisioned = 20;
    });

    test('releases idle capacity above the floor after half an hour', async () => {
      cloud.minute = lastRequest + 25;
      await run();
      expect(cloud.provisioned).toBe(20);
      cloud.minute = lastRequest + 40;
      await run();
      expect(cloud.provisioned).toBe(2);
      expect(cloud.lines[0]).toMatchObject({ released: 18 });
      pass();
      await run();
      expect(cloud.count(PUT)).toBe(0);
    });

    test('after an hour of constant demand, releases nothing for an hour, because only its metric may be late', async () => {
      plan = acting(8);
      cloud.provisioned = 48;
      cloud.measure('checkout', lastRequest - 60, lastRequest + 1, () => 40);
      for (cloud.minute = lastRequest + 1; cloud.minute <= lastRequest + 61; cloud.minute += 1) {
        await run();
        expect(cloud.lines[0]).toMatchObject({ Demand: 40 });
        expect(situations.at(-1)!.history.values.at(-1)).toBe(cloud.minute === lastRequest + 1 ? 40 : NaN);
        expect(cloud.provisioned).toBe(48);
      }
      await run();
      expect(cloud.lines[0]).toMatchObject({ Demand: 0, released: 40 });
      expect(cloud.provisioned).toBe(8);
    });

    test.each([
      ['CloudWatch is late', () => (cloud.lateFrom = lastRequest + 35)],
      ['its own invocations aren’t shown', () => (cloud.ran = () => false)],
    ])('releases nothing while %s', async (_, doubt) => {
      doubt();
      cloud.minute = lastRequest + 240;
      await run();
      expect(cloud.provisioned).toBe(20);
      expect(cloud.count(PUT)).toBe(0);
    });

    test('releases nothing if the metric is up to date only for a moment', async () => {
      cloud.minute = lastRequest + 240;
      cloud.ran = (minute) => minute >= lastRequest + 230 || minute < lastRequest + 100;
      await run();
      expect(cloud.count(PUT)).toBe(0);
      cloud.minute = lastRequest + 270;
      await run();
      expect(cloud.provisioned).toBe(2);
    });

    test.each([
      ['overtaken', { floor: 3 }],
      ['overtaken with nothing to change', {}],
    ])('releases nothing if it is %s', async (_, changes) => {
      cloud.minute = lastRequest + 40;
      const { store } = cloud.dependencies();
      plan = { ...plan, ...changes };
      cloud.intervene = async (name) => {
        if (!name.includes('DescribeScalingPolicies')) return;
        const record = (await store.record(RESOURCE_ID))!;
        await store.replaceRecord(RESOURCE_ID, { ...record, minute: record.minute + 1, run: 'later' }, record);
      };
      await run();
      expect(cloud.provisioned).toBe(20);
      expect(cloud.count(PUT)).toBe(0);
    });

    test('keeps the capacity of the floor', async () => {
      plan = acting(20);
      cloud.minute = lastRequest + 40;
      await run();
      expect(cloud.provisioned).toBe(20);
      expect(cloud.count(PUT)).toBe(0);
    });

    test('keeps the floor if releasing capacity fails', async () => {
      plan = acting(10);
      cloud.minute = lastRequest + 40;
      cloud.intervene = (called) =>
        called.startsWith('lambda.PutProvisioned') ? [429, 'TooManyRequestsException'] : undefined;
      await run();
      expect(await cloud.floor()).toBe(10);
      expect(cloud.lines).toEqual([
        expect.objectContaining({ level: 'WARN', message: 'idle capacity was not released' }),
        expect.objectContaining({ message: 'decided', Floor: 10 }),
      ]);
    });

    test('releases nothing in the half hour after a single request', async () => {
      cloud.metrics.get('checkout ConcurrentExecutions Maximum')!.set(lastRequest + 30, 1);
      cloud.minute = lastRequest + 40;
      await run();
      expect(cloud.provisioned).toBe(20);
    });
  });

  test('leaves an alias that only a policy of CloudFormation scales, and registers it when that is gone', async () => {
    await cloud.dependencies().targets.deregister(RESOURCE_ID);
    const other = { ServiceNamespace: 'lambda', ScalableDimension: 'lambda:function:ProvisionedConcurrency' };
    await cloud.scaling.call('RegisterScalableTarget', {
      ...other,
      ResourceId: RESOURCE_ID,
      MinCapacity: 2,
      MaxCapacity: 50,
    });
    await cloud.scaling.call('PutScalingPolicy', {
      ...other,
      ResourceId: RESOURCE_ID,
      PolicyName: 'ShopCheckoutTracking',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 0.7,
        PredefinedMetricSpecification: { PredefinedMetricType: 'LambdaProvisionedConcurrencyUtilization' },
      },
    });
    plan = acting(20);
    await run();
    expect(cloud.changes).toEqual([]);
    expect(cloud.lines).toEqual([
      expect.objectContaining({ mode: 'paused', reason: expect.stringContaining('scaled by ShopCheckoutTracking') }),
    ]);
    await cloud.dependencies().targets.deregister(RESOURCE_ID);
    pass();
    await run();
    expect(await cloud.floor()).toBe(20);
    expect(cloud.calls).toContainEqual({
      name: 'application-autoscaling.RegisterScalableTarget',
      input: expect.objectContaining({ MinCapacity: 2, Tags: { 'breakwater:stack': 'Shop' } }),
    });
  });

  describe('while traffic shifts between two versions', () => {
    test('leaves the floor, keeps room, and goes on afterwards', async () => {
      plan = acting(20);
      await run();
      pass();
      cloud.weights = { '8': 0.1 };
      plan = acting(30);
      await run();
      expect(cloud.changes).toEqual(['application-autoscaling.PutScalingPolicy']);
      expect(await cloud.floor()).toBe(20);
      expect(await cloud.utilisation()).toBe(0.7);
      expect(cloud.lines).toEqual([
        expect.objectContaining({
          message: 'paused',
          mode: 'paused',
          Acting: 0,
          Degraded: 0,
          utilisationBefore: 0.9,
        }),
      ]);
      pass();
      await run();
      expect(cloud.changes).toEqual([]);
      cloud.weights = {};
      pass();
      await run();
      expect(await cloud.floor()).toBe(30);
      expect(await cloud.utilisation()).toBe(0.9);
    });

    test('for long, has the floor taken back, and still keeps room', async () => {
      plan = acting(20);
      await run();
      cloud.weights = { '8': 0.1 };
      for (let i = 0; i < 20; i++) {
        pass();
        await run();
        await cloud.scaling.runDueActions();
      }
      expect(await cloud.floor()).toBe(2);
      expect(await cloud.utilisation()).toBe(0.7);
    });

    test.each([['remembered'], ['stored']])('uses the target of the %s backtest result', async (where) => {
      plan = {
        ...acting(20),
        state: { models: [], result: { cautiousTarget: 0.5 } as never },
        stateChanged: true,
      };
      await run();
      pass();
      cloud.weights = { '8': 0.1 };
      await run({}, TARGET, where === 'stored' ? {} : memory);
      expect(await cloud.utilisation()).toBe(0.5);
    });

    test.each([
      ['hands over, for 30 minutes', { '7': 1 }, 30, 'all traffic stays on version 7 until the new version is warm'],
      ['shifts slowly, for 180 minutes', { '8': 0.1 }, 180, 'sends 0.1 of its traffic to version 8'],
    ])('is paused while the alias %s, and degraded from then on', async (_, weights, minutes, reason) => {
      plan = acting(20);
      await run();
      cloud.weights = weights as Record<string, number>;
      pass();
      await run();
      expect(cloud.lines.at(-1)).toMatchObject({
        mode: 'paused',
        Degraded: 0,
        reason: expect.stringContaining(reason),
      });
      pass(minutes - 1);
      await run();
      expect(cloud.lines.at(-1)).toMatchObject({ mode: 'paused', Degraded: 0 });
      pass();
      await run();
      expect(cloud.lines.at(-1)).toMatchObject({
        level: 'WARN',
        mode: 'degraded',
        Degraded: 1,
        reason: expect.stringContaining(`for ${minutes} minutes, at most ${minutes} are expected: see "A pause that`),
      });
    });

    test('counts the duration of each pause separately', async () => {
      plan = acting(20);
      for (const weights of [{ '7': 1 }, {}, { '7': 1 }] as Record<string, number>[]) {
        cloud.weights = weights;
        for (let i = 0; i < 20; i++) {
          pass();
          await run();
          expect(cloud.lines.at(-1)).toMatchObject({ Degraded: 0 });
        }
      }
    });

    test('registers no missing target and changes nothing once a later run has begun', async () => {
      plan = acting(20);
      await run();
      cloud.weights = { '8': 0.1 };
      const { store } = cloud.dependencies();
      cloud.intervene = async (name) => {
        if (!name.includes('DescribeScalingPolicies')) return;
        const record = (await store.record(RESOURCE_ID))!;
        await store.replaceRecord(RESOURCE_ID, { ...record, minute: record.minute + 1, run: 'later' }, record);
      };
      pass();
      await run();
      expect(cloud.changes).toEqual([]);
      expect(cloud.lines[0]).toMatchObject({ message: 'paused', overtaken: true });
      cloud.intervene = () => undefined;
      await cloud.dependencies().targets.deregister(RESOURCE_ID);
      pass(2);
      await run();
      expect(cloud.changes).toEqual([]);
      expect(cloud.lines[0]).toMatchObject({ message: 'paused', absent: true });
    });
  });

  describe('while CloudWatch is late', () => {
    test('for an hour of high demand, keeps provisioned capacity and doesn’t count missing values as idle', async () => {
      const read: number[] = [];
      cloud.provisioned = 20;
      await run();
      cloud.lateFrom = cloud.minute;
      for (let i = 0; i < 60; i++) {
        pass();
        await run();
        const { values } = situations.at(-1)!.history;
        read.push(values.at(-1)!);
        expect(cloud.lines[0]).toMatchObject({ Demand: 4 });
      }
      expect(new Set(read)).toEqual(new Set([NaN]));
      expect(cloud.provisioned).toBe(20);
      cloud.lateFrom = Infinity;
      pass();
      await run();
      expect(new Set(situations.at(-1)!.history.values)).toEqual(new Set([4]));
    });
  });

  test('reads its history in several runs, and acts only with the complete history', async () => {
    plan = acting(20);
    cloud.measure('checkout', MONDAY - 20 * DAY, MONDAY, () => 6);
    const left = [50_000, 39_000];
    await run({ remainingMs: () => left.shift() ?? 39_000 });
    expect(cloud.count('monitoring')).toBe(2);
    expect(situations[0]!.history.values).toHaveLength(0);
    expect(cloud.lines[0]).toMatchObject({
      reason: 'history is being read from CloudWatch, some days in each run',
    });
    for (let i = 0; i < 2; i++) {
      pass();
      const more = [50_000, 39_000];
      await run({ remainingMs: () => more.shift() ?? 39_000 });
    }
    expect(situations.at(-1)!.history.values).toHaveLength(15 * DAY - 15 + 2);
    expect(cloud.lines[0]).toMatchObject({ reason: 'wins' });
  });

  describe('of two runs', () => {
    test('for one minute, the second does nothing', async () => {
      plan = acting(20);
      await run();
      plan = acting(30);
      await run();
      expect(cloud.changes).toEqual([]);
      expect(cloud.count('monitoring')).toBe(0);
      expect(await cloud.floor()).toBe(20);
      expect(cloud.lines).toEqual([expect.objectContaining({ message: 'nothing done' })]);
    });

    test('at the same time, one works', async () => {
      plan = acting(20);
      const lost = { decide, historyDays: 28 };
      const both = ['a', 'b'].map((name) => ({ ...cloud.dependencies(), ...lost, run: name }));
      await Promise.all(both.map((dependencies) => tick(readTarget(TARGET), {}, dependencies)));
      expect(cloud.lines.map(({ message }) => message).sort()).toEqual(['decided', 'nothing done']);
      expect(cloud.count('application-autoscaling.RegisterScalableTarget')).toBe(1);
    });

    test('a run that is overtaken by a later one changes nothing more', async () => {
      plan = acting(20);
      await run({
        decide(situation) {
          // It took so long that the next minute's run is through already.
          return decide(situation);
        },
        aliases: {
          ...cloud.dependencies().aliases,
          weights: async () => ({}),
          provisioned: async () => {
            const record = (await cloud.dependencies().store.record(RESOURCE_ID))!;
            const later = { ...record, minute: record.minute + 1, run: 'later' };
            expect(await cloud.dependencies().store.replaceRecord(RESOURCE_ID, later, record)).toBe(true);
            return { requested: 2, available: 2 };
          },
          account: async () => ({ total: 1_000, unreserved: 1_000 }),
          provision: async () => {},
        },
      });
      expect(cloud.changes).toEqual([]);
      expect(cloud.lines[0]).toMatchObject({ overtaken: true });
      expect((await cloud.dependencies().store.record(RESOURCE_ID))!.run).toBe('later');
    });

    test('recognises its own claim if the answer was lost', async () => {
      cloud.stub.intervene = ({ operation }) => {
        if (operation === 'PutItem' && cloud.stub.loseAnswers === 0 && cloud.lines.length === 0) {
          cloud.stub.intervene = () => undefined;
          cloud.stub.loseAnswers = 1;
        }
        return undefined;
      };
      plan = acting(20);
      await run();
      expect(cloud.lines[0]).toMatchObject({ message: 'decided' });
      expect(await cloud.floor()).toBe(20);
    });

    test('after an hour without any, the next works', async () => {
      await run();
      pass(60);
      plan = acting(20);
      await run();
      expect(await cloud.floor()).toBe(20);
    });
  });

  describe('in doubt', () => {
    beforeEach(async () => {
      plan = acting(20);
      await run();
      pass();
    });

    async function fails(expected: string) {
      await expect(run()).rejects.toThrow(expected);
      expect(cloud.lines).toEqual([
        expect.objectContaining({
          level: 'WARN',
          message: 'degraded',
          mode: 'degraded',
          reason: expect.stringContaining(expected),
          Degraded: 1,
          Acting: 0,
        }),
      ]);
    }

    test.each([
      ['monitoring.GetMetricData', 500, 'InternalServiceFault'],
      ['monitoring.GetMetricData', 403, 'AccessDenied'],
      ['lambda.GetAlias', 500, 'ServiceException'],
      ['lambda.GetProvisioned', 403, 'AccessDeniedException'],
      ['dynamodb.GetItem', 400, 'ResourceNotFoundException'],
      ['dynamodb.PutItem', 400, 'ProvisionedThroughputExceededException'],
    ])('about %s (%d) falls back, and fails so that Lambda counts it', async (name, status, code) => {
      cloud.intervene = (called) => (called.startsWith(name) ? [status, code] : undefined);
      await fails(code);
      expect(await cloud.floor()).toBe(2);
      expect(await cloud.utilisation()).toBe(0.7);
      expect(cloud.lines[0]).toMatchObject({ Floor: 2 });
      // What is safe already isn't done twice.
      pass();
      await fails(code);
      expect(cloud.changes).toEqual([]);
      // And all is well again when it is.
      cloud.intervene = () => undefined;
      pass();
      await run();
      expect(await cloud.floor()).toBe(20);
    });

    test('about the account’s quota, removes the floor', async () => {
      plan = acting(30);
      cloud.intervene = (called) =>
        called.includes('GetAccountSettings') ? [403, 'AccessDeniedException'] : undefined;
      await fails('lambda.GetAccountSettings failed: 403 AccessDeniedException');
      expect(await cloud.floor()).toBe(2);
    });

    test('about its own computation, removes the floor', async () => {
      plan = acting(Number.NaN);
      await fails("the forecast's floor must be a number, got NaN");
      expect(await cloud.floor()).toBe(2);
    });

    test('uses the gate’s cautious target', async () => {
      plan = {
        ...acting(20),
        state: { models: [], result: { reactiveTarget: 0.9, cautiousTarget: 0.5 } as never },
        stateChanged: true,
      };
      await run();
      pass();
      cloud.intervene = (called) => (called.startsWith('monitoring') ? [400, 'InvalidParameterValue'] : undefined);
      await fails('InvalidParameterValue');
      expect(await cloud.utilisation()).toBe(0.5);
    });

    describe('about the measurements, with units announced', () => {
      const announced = { from: '2026-11-02T08:05:00Z', until: '2026-11-02T08:30:00Z', demand: 30 };
      const target = { ...TARGET, events: [announced] };
      const measureless = async () => {
        await expect(run({}, target)).rejects.toThrow('AccessDenied');
        expect(cloud.lines).toHaveLength(1);
        expect(cloud.lines[0]).toMatchObject({ mode: 'degraded', Floor: await cloud.floor() });
      };
      const refuse = (pattern: RegExp) => {
        cloud.intervene = (called) => (pattern.test(called) ? [403, 'AccessDenied'] : undefined);
      };

      test('holds these, and takes them back after the event or by the scheduled action', async () => {
        refuse(/monitoring/);
        await measureless();
        expect(await cloud.floor()).toBe(30);
        expect(await cloud.utilisation()).toBe(0.7);
        expect((await cloud.fallBack())!.Schedule).toBe('at(2026-11-02T08:16:00)');
        pass(29);
        await measureless();
        expect(await cloud.floor()).toBe(2);
      });

      test('holds what the account allows, and no more than it has when that can’t be asked', async () => {
        refuse(/monitoring/);
        cloud.account = { ConcurrentExecutions: 150, UnreservedConcurrentExecutions: 125 };
        await measureless();
        expect(await cloud.floor()).toBe(25);
        refuse(/monitoring|account-settings/);
        pass();
        await measureless();
        expect(await cloud.floor()).toBe(25);
      });
    });

    test.each([
      ['DynamoDB', 'dynamodb.PutItem', /^not stored: history$/],
      ['DynamoDB once more', 'dynamodb.GetItem', /^not stored: history$/],
    ])('about what %s keeps after the floor was raised, keeps the floor', async (_, name, message) => {
      plan = acting(30);
      pass(20);
      let isRaised = false;
      cloud.intervene = (called) => {
        isRaised ||= called.endsWith('PutScalingPolicy') || called.endsWith('RegisterScalableTarget');
        return isRaised && called === name ? [400, 'ProvisionedThroughputExceededException'] : undefined;
      };
      await run();
      expect(await cloud.floor()).toBe(30);
      expect(await cloud.utilisation()).toBe(0.9);
      const measured = cloud.lines.filter((line) => '_aws' in line);
      expect(measured).toEqual([expect.objectContaining({ mode: 'acting', Floor: 30 })]);
      expect(cloud.lines.slice(1)).toContainEqual({
        level: 'WARN',
        message: expect.stringMatching(message),
        target: TARGET.name,
        reason: expect.stringContaining('ProvisionedThroughputExceededException'),
      });
      cloud.intervene = () => undefined;
      pass();
      await run();
      expect(cloud.lines).toHaveLength(1);
      const [day] = await cloud.dependencies().store.days(RESOURCE_ID);
      expect(day).toBeDefined();
    });

    test('about the record after the floor was raised, keeps the floor and renews the way back again', async () => {
      plan = acting(30);
      pass(10);
      let isRaised = false;
      cloud.intervene = (called, { Item }) => {
        isRaised ||= called.endsWith('RegisterScalableTarget');
        const isRecord = (Item as { part: { S: string } } | undefined)?.part.S === 'record';
        return isRaised && isRecord ? [400, 'ProvisionedThroughputExceededException'] : undefined;
      };
      await run();
      expect(await cloud.floor()).toBe(30);
      expect(cloud.lines.map(({ message }) => message)).toEqual([
        'decided',
        'not stored: when the floor is reset, and the version of the learned state',
      ]);
      cloud.intervene = () => undefined;
      pass();
      await run();
      expect(cloud.changes).toEqual(['application-autoscaling.PutScheduledAction']);
    });

    test('about whether the target is still deployed, leaves no history behind', async () => {
      plan = acting(30);
      pass(20);
      const { store } = cloud.dependencies();
      cloud.intervene = async (called) => {
        if (!called.endsWith('RegisterScalableTarget')) return;
        cloud.intervene = () => undefined;
        await store.removeAll(RESOURCE_ID);
      };
      await run();
      expect(cloud.stub.items('capacity')).toEqual([]);
    });

    test('logs it if removing the floor fails too', async () => {
      cloud.intervene = (called) => (/monitoring|autoscaling/.test(called) ? [400, 'ValidationException'] : undefined);
      await fails('ValidationException');
      expect(cloud.lines[0]).toMatchObject({ fallback: expect.stringContaining('ValidationException') });
      expect(cloud.lines[0]).not.toHaveProperty('Floor');
      // The scheduled action is still there for that.
      pass(14);
      await cloud.scaling.runDueActions();
      expect(await cloud.floor()).toBe(2);
    });

    test('doesn’t change the floor of a later run', async () => {
      const dependencies = cloud.dependencies();
      const record = (await dependencies.store.record(RESOURCE_ID))!;
      cloud.intervene = async (called) => {
        if (!called.startsWith('monitoring')) return;
        cloud.intervene = () => undefined;
        const claimed = (await dependencies.store.record(RESOURCE_ID))!;
        expect(claimed.minute).toBe(record.minute + 1);
        await dependencies.store.replaceRecord(
          RESOURCE_ID,
          { ...claimed, minute: claimed.minute + 1, run: 'later' },
          claimed,
        );
        throw new Error('cut off');
      };
      plan = { ...plan, floor: Number.NaN };
      await expect(run()).rejects.toThrow();
      expect(cloud.changes).toEqual([]);
      expect(await cloud.floor()).toBe(20);
      expect(cloud.lines[0]).toMatchObject({ fallback: 'a later run works on the target' });
    });

    test('doesn’t change a target that is being removed', async () => {
      cloud.intervene = async (called) => {
        if (!called.startsWith('monitoring')) return;
        cloud.intervene = () => undefined;
        await scalableTargetResource(cloud.dependencies()).remove({ Target: JSON.stringify(TARGET) }, RESOURCE_ID);
        cloud.calls.length = 0;
        throw new Error('cut off');
      };
      plan = { ...plan, floor: Number.NaN };
      await expect(run()).rejects.toThrow();
      expect(cloud.changes).toEqual([]);
      expect(cloud.lines.at(-1)).toMatchObject({ fallback: 'the target is being removed' });
    });

    test('about whether it is deployed, changes nothing', async () => {
      await cloud.dependencies().store.removeAll(RESOURCE_ID);
      await run();
      expect(cloud.changes).toEqual([]);
      expect(cloud.lines[0]).toMatchObject({
        mode: 'degraded',
        Degraded: 1,
        reason: expect.stringContaining('deploy the stack again'),
      });
    });
  });

  describe('what was learned', () => {
    const learned = (fittedAt: number) => ({
      state: { models: [{ fittedAt, lead: 5, level: 0.9, features: 1, coefficients: [1] }] },
      stateChanged: true,
    });

    test('is stored before anything else can fail, with the history', async () => {
      plan = { ...acting(20), ...learned(1) };
      cloud.intervene = (called) => (called.endsWith('PutScheduledAction') ? [400, 'ValidationException'] : undefined);
      await expect(run()).rejects.toThrow('ValidationException');
      expect(await cloud.dependencies().store.state(RESOURCE_ID)).toEqual({
        version: 1,
        text: JSON.stringify(learned(1).state),
      });
    });

    describe('and can’t be stored', () => {
      const refused = () => {
        cloud.intervene = (_, { Item }) =>
          (Item as { part: { S: string } } | undefined)?.part.S === 'state'
            ? [400, 'ItemCollectionSizeLimitExceededException']
            : undefined;
      };
      const notKept = expect.objectContaining({
        level: 'WARN',
        message: 'not stored: the learned state',
        target: TARGET.name,
        reason: expect.stringContaining('ItemCollectionSizeLimitExceededException'),
      });
      const stored = async () => {
        const { store } = cloud.dependencies();
        const [state, record] = await Promise.all([store.state(RESOURCE_ID), store.record(RESOURCE_ID)]);
        expect(record!.stateVersion).toBe(state?.version ?? 0);
        return state && { version: state.version, value: JSON.parse(state.text) };
      };

      test.each([
        ['at first', 0],
        ['later', 1],
      ])('%s, is remembered with the floor that it asks for, and stored as soon as it can be', async (_, before) => {
        if (before > 0) {
          plan = { ...acting(10), ...learned(1) };
          await run();
          pass();
        }
        const first = before > 0 ? { version: 1, value: learned(1).state } : undefined;
        refused();
        plan = { ...acting(48), ...learned(2) };
        for (let i = 0; i < 3; i++) {
          await run();
          expect(await cloud.floor()).toBe(48);
          expect(await cloud.utilisation()).toBe(0.9);
          expect(cloud.lines).toEqual([notKept, expect.objectContaining({ message: 'decided', Degraded: 0 })]);
          expect(await stored()).toEqual(first);
          pass();
          // What was learned isn't learned again.
          plan = acting(48);
        }
        expect(situations.slice(-2).map(({ state }) => state)).toEqual([learned(2).state, learned(2).state]);
        cloud.intervene = () => undefined;
        await run();
        expect(cloud.lines).toHaveLength(1);
        expect(await stored()).toEqual({ version: before + 1, value: learned(2).state });
        // Once.
        pass();
        await run();
        expect(situations.at(-1)!.state).toEqual(learned(2).state);
        expect(await stored()).toEqual({ version: before + 1, value: learned(2).state });
        // For others, too.
        pass();
        await run({}, TARGET, {});
        expect(situations.at(-1)!.state).toEqual(learned(2).state);
      });

      test('is replaced by the newer state of another environment', async () => {
        refused();
        plan = { ...acting(20), ...learned(2) };
        await run();
        cloud.intervene = () => undefined;
        pass();
        plan = { ...acting(20), ...learned(3) };
        await run({}, TARGET, {});
        pass();
        plan = acting(20);
        await run();
        expect(situations.at(-1)!.state).toEqual(learned(3).state);
        expect(await stored()).toEqual({ version: 1, value: learned(3).state });
      });

      test('as it seemed, since only the answer was lost, is read again', async () => {
        const { store } = cloud.dependencies();
        plan = { ...acting(20), ...learned(2) };
        cloud.intervene = (_, { Item }) => {
          if ((Item as { part: { S: string } } | undefined)?.part.S !== 'state') return undefined;
          cloud.intervene = () => undefined;
          return store
            .replaceState(RESOURCE_ID, { version: 1, text: JSON.stringify(learned(2).state) })
            .then(() => Promise.reject(new TypeError('fetch failed')));
        };
        for (let i = 0; i < 4; i++) {
          await run();
          expect(await cloud.floor()).toBe(20);
          pass();
          plan = acting(20);
        }
        expect(situations.slice(-3).map(({ state }) => state)).toEqual(new Array(3).fill(learned(2).state));
        expect(await stored()).toEqual({ version: 1, value: learned(2).state });
      });
    });

    test('is stored for the next execution environment, and cached in this one', async () => {
      plan = { ...acting(20), ...learned(1) };
      await run();
      plan = acting(20);
      pass();
      await run();
      expect(cloud.inputOf('dynamodb.GetItem')['Key']).toMatchObject({ part: { S: 'record' } });
      expect(cloud.count('dynamodb.Query')).toBe(0);
      expect(situations.at(-1)!.state).toEqual(learned(1).state);
      pass();
      await run({}, TARGET, {});
      expect(situations.at(-1)!.state).toEqual(learned(1).state);
      expect(cloud.count('dynamodb.Query')).toBe(1);
    });

    test('is read again when another environment has learned since', async () => {
      plan = { ...acting(20), ...learned(1) };
      await run();
      pass();
      plan = { ...acting(20), ...learned(2) };
      await run({}, TARGET, {});
      pass();
      plan = acting(20);
      await run();
      expect(situations.at(-1)!.state).toEqual(learned(2).state);
    });

    test('twice at the same time is stored once, and read the minute after', async () => {
      plan = { ...acting(20), ...learned(1) };
      await run();
      pass();
      // Another run that was overtaken has stored its own meanwhile.
      const { store } = cloud.dependencies();
      expect(await store.replaceState(RESOURCE_ID, { version: 2, text: JSON.stringify(learned(7).state) })).toBe(true);
      plan = { ...acting(20), ...learned(8) };
      await run();
      expect(await cloud.floor()).toBe(20);
      pass();
      plan = acting(20);
      await run();
      expect(situations.at(-1)!.state).toEqual(learned(7).state);
    });

    test('is cached even if it isn’t stored', async () => {
      const margins = { at: 1 } as never;
      plan = { ...acting(20), state: { models: [], margins } };
      await run();
      expect(await cloud.dependencies().store.state(RESOURCE_ID)).toBeUndefined();
      plan = acting(20);
      pass();
      await run();
      expect(situations.at(-1)!.state).toEqual({ models: [], margins });
    });

    test('and can’t be read is learned again', async () => {
      await cloud.dependencies().store.replaceState(RESOURCE_ID, { version: 1, text: '{' });
      plan = { ...acting(20), ...learned(3) };
      await run();
      expect(situations[0]!.state).toEqual({ models: [] });
      expect(await cloud.dependencies().store.state(RESOURCE_ID)).toMatchObject({ version: 2 });
    });

    test('logs the backtest result once, with its numbers', async () => {
      const result = { act: true, reasons: ['costs 0.9 of it'], daysWon: 4 };
      plan = { ...acting(20), state: { models: [], judgedAt: 5, result: result as never }, stateChanged: true };
      await run();
      expect(cloud.lines[0]).toMatchObject({ message: 'gate', target: 'Shop/Checkout', ...result });
      plan = acting(20);
      pass();
      await run();
      expect(cloud.lines.map(({ message }) => message)).toEqual(['decided']);
    });
  });

  test('a minute costs one write, and a quarter of an hour one more', async () => {
    plan = acting(20);
    await run();
    let writes = 0;
    for (let i = 0; i < 60; i++) {
      pass();
      await run();
      writes += cloud.count('dynamodb.PutItem');
    }
    // 60 claims, 10 renewals, 4 days.
    expect(writes).toBe(60 + 10 + 4);
  });
});
