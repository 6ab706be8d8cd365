import { AwsApi } from '../../../lambdas/system/floor-controller/aws/aws-api';
import { CloudWatchMetrics } from '../../../lambdas/system/floor-controller/aws/cloudwatch-metrics';
import { LambdaAliases } from '../../../lambdas/system/floor-controller/aws/lambda-aliases';
import { demandOf, indicatorOf } from '../../../lambdas/system/floor-controller/metrics-source';
import { quotaOf } from '../../../lambdas/system/floor-controller/quota';
import { FakeCloud, MONDAY, RESOURCE_ID } from './fake-cloud';

/** An API that is answered with these bodies, one after the other. */
function apiThat(...answers: unknown[]) {
  const bodies: Record<string, unknown>[] = [];
  const api = new AwsApi({
    async fetch(_, init) {
      bodies.push(JSON.parse(String(init?.body ?? '{}')) as Record<string, unknown>);
      return Response.json(answers.shift());
    },
    env: { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' },
    remainingMs: () => 60_000,
    sleep: async () => {},
    random: () => 0,
  });
  return { api, bodies };
}

describe('CloudWatchMetrics', () => {
  test('follows pages, in seconds as AWS writes them and in text as others do', async () => {
    const { api, bodies } = apiThat(
      {
        MetricDataResults: [
          {
            Id: 'm0',
            Label: 'm0',
            Timestamps: [1.7935776e9, 1793577660],
            Values: [3.0, 4.0],
            StatusCode: 'PartialData',
          },
        ],
        Messages: [],
        NextToken: 'more',
      },
      {
        MetricDataResults: [
          { Id: 'm0', Label: 'm0', Timestamps: ['2026-11-02T00:02:00Z'], Values: [5], StatusCode: 'Complete' },
        ],
      },
    );
    const [found] = await new CloudWatchMetrics(api).minutes([demandOf('checkout')], MONDAY, MONDAY + 3);
    expect([...found!]).toEqual([
      [MONDAY, 3],
      [MONDAY + 1, 4],
      [MONDAY + 2, 5],
    ]);
    expect(bodies.map(({ NextToken }) => NextToken)).toEqual([undefined, 'more']);
    expect(bodies[0]).toMatchObject({
      StartTime: MONDAY * 60,
      EndTime: (MONDAY + 3) * 60,
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
      const found = await cloud.world().metrics.minutes(names.map(indicatorOf), MONDAY - 10, MONDAY);
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
    const { api } = apiThat({
      MetricDataResults: [
        { Id: 'm0', Timestamps: [], Values: [], StatusCode, Messages: [{ Code: 'A', Value: 'why' }] },
      ],
    });
    await expect(new CloudWatchMetrics(api).minutes([demandOf('f')], 0, 1)).rejects.toThrow(
      `monitoring GetMetricData failed: 200 ${StatusCode} for m0 A why`,
    );
  });
});

describe('LambdaAliases', () => {
  test('reads an account without figures as an error, not as one without limits', async () => {
    const { api } = apiThat({ AccountUsage: {} });
    await expect(new LambdaAliases(api).account()).rejects.toThrow('stated no ConcurrentExecutions');
  });

  test('escapes names', async () => {
    const cloud = await FakeCloud.start();
    try {
      await expect(cloud.world().aliases.weighted('a/b', 'c d')).rejects.toThrow('aliases/c%20d');
    } finally {
      await cloud.stop();
    }
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
    const { store } = cloud.world();
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
    const { store } = cloud.world();
    await store.createRecord(RESOURCE_ID);
    const before = (await store.record(RESOURCE_ID))!;
    await store.removeAll(RESOURCE_ID);
    expect(await store.replaceRecord(RESOURCE_ID, { ...before, minute: 5 }, before)).toBe(false);
    expect(await store.record(RESOURCE_ID)).toBeUndefined();
  });

  test('stores a state only over the version before', async () => {
    const { store } = cloud.world();
    expect(await store.replaceState(RESOURCE_ID, { version: 2, text: 'b' })).toBe(false);
    expect(await store.replaceState(RESOURCE_ID, { version: 1, text: 'a' })).toBe(true);
    expect(await store.replaceState(RESOURCE_ID, { version: 1, text: 'b' })).toBe(false);
    expect(await store.replaceState(RESOURCE_ID, { version: 2, text: 'ü' })).toBe(true);
    expect(await store.state(RESOURCE_ID)).toEqual({ version: 2, text: 'ü' });
  });

  test('reads every page, and days only', async () => {
    const { store } = cloud.world();
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
