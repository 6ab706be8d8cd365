import { CloudWatchMetrics } from '../../../lambdas/system/floor-controller/cloudwatch-metrics';
import { LambdaAliases } from '../../../lambdas/system/floor-controller/lambda-aliases';
import { demandOf, indicatorOf } from '../../../lambdas/system/floor-controller/metrics-source';
import { quotaOf } from '../../../lambdas/system/floor-controller/quota';
import { FakeCloud, MONDAY, RESOURCE_ID } from './fake-cloud';

const { signal } = new AbortController();

/** A client that is answered with these, one after the other. */
function clientThat(...answers: unknown[]) {
  const inputs: Record<string, unknown>[] = [];
  const send = async ({ input }: { readonly input: object }) => {
    inputs.push(input as Record<string, unknown>);
    return answers.shift();
  };
  return { client: { send } as never, inputs };
}

describe('CloudWatchMetrics', () => {
  test('follows pages', async () => {
    const at = (minute: number) => new Date(minute * 60_000);
    const { client, inputs } = clientThat(
      {
        MetricDataResults: [
          { Id: 'm0', Timestamps: [at(MONDAY), at(MONDAY + 1)], Values: [3, 4], StatusCode: 'PartialData' },
        ],
        NextToken: 'more',
      },
      { MetricDataResults: [{ Id: 'm0', Timestamps: [at(MONDAY + 2)], Values: [5], StatusCode: 'Complete' }] },
    );
    const [found] = await new CloudWatchMetrics(client, signal).minutes([demandOf('checkout')], MONDAY, MONDAY + 3);
    expect([...found!]).toEqual([
      [MONDAY, 3],
      [MONDAY + 1, 4],
      [MONDAY + 2, 5],
    ]);
    expect(inputs.map(({ NextToken }) => NextToken)).toEqual([undefined, 'more']);
    expect(inputs[0]).toMatchObject({
      StartTime: at(MONDAY),
      EndTime: at(MONDAY + 3),
      ScanBy: 'TimestampAscending',
    });
  });

  test('asks for four series at once, page by page', async () => {
    const cloud = await FakeCloud.start();
    try {
      const names = Array.from({ length: 6 }, (_, i) => `f${i}`);
      for (const [i, name] of names.entries()) cloud.measure(name, MONDAY - 10, MONDAY, () => i);
      cloud.pageSize = 7;
      cloud.minute = MONDAY;
      const found = await cloud.dependencies().metrics.minutes(names.map(indicatorOf), MONDAY - 10, MONDAY);
      expect(found.map((minutes) => [minutes.size, ...new Set(minutes.values())])).toEqual(
        names.map((_, i) => [10, i]),
      );
      const sizes = cloud.calls.map(({ input }) => (input['MetricDataQueries'] as unknown[]).length);
      expect(new Set(sizes)).toEqual(new Set([4, 2]));
    } finally {
      await cloud.stop();
    }
  });

  test.each(['Forbidden', 'InternalError'])('fails on a series that is %s', async (StatusCode) => {
    const { client } = clientThat({
      MetricDataResults: [
        { Id: 'm0', Timestamps: [], Values: [], StatusCode, Messages: [{ Code: 'A', Value: 'why' }] },
      ],
    });
    await expect(new CloudWatchMetrics(client, signal).minutes([demandOf('f')], 0, 1)).rejects.toThrow(
      `GetMetricData failed for m0: ${StatusCode} A why`,
    );
  });
});

describe('LambdaAliases', () => {
  test('reads an account without figures as an error, not as one without limits', async () => {
    const { client } = clientThat({ AccountUsage: {} });
    await expect(new LambdaAliases(client, signal).account()).rejects.toThrow('must state ConcurrentExecutions');
  });
});

describe('ApplicationAutoScaling', () => {
  let cloud: FakeCloud;
  beforeEach(async () => {
    cloud = await FakeCloud.start();
  });
  afterEach(() => cloud.stop());

  test('repeats a call while another change of the target is pending, later each time', async () => {
    let failures = 2;
    cloud.intervene = () => (failures-- > 0 ? [400, 'ConcurrentUpdateException'] : undefined);
    await cloud.dependencies().targets.create(RESOURCE_ID, { min: 2, max: 5 });
    expect(cloud.count('application-autoscaling.RegisterScalableTarget')).toBe(3);
    expect(cloud.waits).toEqual([200, 400]);
    expect(await cloud.floor()).toBe(2);
  });

  test.each([
    ['ConcurrentUpdateException', 3],
    ['ValidationException', 1],
  ])('gives up on %s after %i attempts', async (code, attempts) => {
    cloud.intervene = () => [400, code];
    await expect(cloud.dependencies().targets.track(RESOURCE_ID, 0.7)).rejects.toMatchObject({ name: code });
    expect(cloud.calls).toHaveLength(attempts);
  });
});

describe('quotaOf', () => {
  test.each([
    ['leaves 100 to others', 1_000, 0, 900],
    ['is nothing in a new account', 10, 0, 0],
    ['never takes what was granted', 150, 80, 80],
    ['counts what is granted once only', 1_000, 80, 900],
  ])('%s', (_, unreserved, provisioned, allowed) => {
    expect(quotaOf({ total: 1_000, unreserved }, provisioned)).toBe(allowed);
  });
});

describe('DynamoDbCapacityStore', () => {
  let cloud: FakeCloud;
  beforeEach(async () => {
    cloud = await FakeCloud.start();
  });
  afterEach(() => cloud.stop());

  test('replaces a record only over the one that was read', async () => {
    const { store } = cloud.dependencies();
    expect(await store.record(RESOURCE_ID)).toBeUndefined();
    await store.createRecord(RESOURCE_ID);
    const before = (await store.record(RESOURCE_ID))!;
    const record = { minute: 5, run: 'a', fallBackAt: 7, stateVersion: 1 };
    expect(await store.replaceRecord(RESOURCE_ID, record, before)).toBe(true);
    expect(await store.replaceRecord(RESOURCE_ID, { ...record, run: 'b' }, before)).toBe(false);
    expect(await store.replaceRecord(RESOURCE_ID, { ...record, run: 'b' }, { ...record, run: 'c' })).toBe(false);
    await store.createRecord(RESOURCE_ID);
    expect(await store.record(RESOURCE_ID)).toEqual(record);
  });

  test('makes no record for a target that was removed', async () => {
    const { store } = cloud.dependencies();
    await store.createRecord(RESOURCE_ID);
    const before = (await store.record(RESOURCE_ID))!;
    await store.removeAll(RESOURCE_ID);
    expect(await store.replaceRecord(RESOURCE_ID, { ...before, minute: 5 }, before)).toBe(false);
    expect(await store.record(RESOURCE_ID)).toBeUndefined();
  });

  test('stores a state only over the version before', async () => {
    const { store } = cloud.dependencies();
    expect(await store.replaceState(RESOURCE_ID, { version: 2, text: 'b' })).toBe(false);
    expect(await store.replaceState(RESOURCE_ID, { version: 1, text: 'a' })).toBe(true);
    expect(await store.replaceState(RESOURCE_ID, { version: 1, text: 'b' })).toBe(false);
    expect(await store.replaceState(RESOURCE_ID, { version: 2, text: 'ü' })).toBe(true);
    expect(await store.state(RESOURCE_ID)).toEqual({ version: 2, text: 'ü' });
  });

  test('reads every page, and days only', async () => {
    const { store } = cloud.dependencies();
    await store.createRecord(RESOURCE_ID);
    const days = Array.from({ length: 5 }, (_, i) => ({
      series: i < 3 ? 'demand' : 'indicator:a#b',
      day: 20_000 + i,
      until: i,
      packed: Uint8Array.from([i, 255]),
    }));
    for (const day of days) await store.putDay(RESOURCE_ID, day);
    // As if a page held two items.
    cloud.intervene = (name, input) => {
      if (name === 'dynamodb.Query') input['Limit'] = 2;
      return undefined;
    };
    const found = await store.days(RESOURCE_ID);
    expect(found.map((day) => ({ ...day, packed: Uint8Array.from(day.packed) }))).toEqual(days);
  });
});
