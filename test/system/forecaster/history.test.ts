import { History } from '../../../lambdas/system/forecaster/history';
import { demandOf, indicatorOf, type SeriesOf } from '../../../lambdas/system/forecaster/metrics-source';
import { FakeCloud, MONDAY, RESOURCE_ID } from './fake-cloud';

const DAY = 1_440;
const SERIES = [demandOf('checkout'), indicatorOf('search')];

describe('History', () => {
  let cloud: FakeCloud;
  beforeEach(async () => {
    cloud = await FakeCloud.start();
  });
  afterEach(() => cloud.stop());

  const load = (series: readonly SeriesOf[] = SERIES) => History.load(cloud.world().store, RESOURCE_ID, series, 28);
  const update = (history: History) => history.update(cloud.world().metrics, cloud.minute);
  const asked = () => {
    const { StartTime, EndTime } = cloud.inputOf('monitoring.GetMetricData') as { StartTime: number; EndTime: number };
    return [StartTime / 60, EndTime / 60];
  };

  test('is empty where nothing was ever measured', async () => {
    const history = await load();
    await update(history);
    expect(history.demand(cloud.minute)).toEqual({ start: cloud.minute, values: new Float64Array() });
    expect(history.indicators(cloud.minute)).toEqual([{ start: cloud.minute, values: new Float64Array() }]);
    expect(history.newestDemand(cloud.minute)).toBeUndefined();
  });

  test('asks for all that CloudWatch still has, then for what is new and a little before it', async () => {
    cloud.measure('checkout', MONDAY, cloud.minute, () => 3);
    const history = await load();
    await update(history);
    expect(asked()).toEqual([cloud.minute - 15 * DAY + 15, cloud.minute]);
    const before = cloud.minute;
    cloud.minute += 1;
    await update(history);
    expect(asked()).toEqual([before - 10, before + 1]);
    expect(cloud.count('monitoring')).toBe(2);
  });

  test('takes silence for rest, but not before the first value nor in the newest two minutes', async () => {
    cloud.minute = MONDAY + 100;
    // The first value, a long rest, and one more.
    cloud.measure('checkout', MONDAY, MONDAY + 1, () => 7);
    cloud.measure('checkout', MONDAY + 50, MONDAY + 51, () => 9);
    const history = await load();
    await update(history);
    const { start, values } = history.demand(cloud.minute);
    expect(start).toBe(MONDAY);
    expect(values).toHaveLength(100);
    expect(values[0]).toBe(7);
    expect(values[50]).toBe(9);
    expect(values.filter((value) => value === 0)).toHaveLength(96);
    expect(Array.from(values.slice(98))).toEqual([Number.NaN, Number.NaN]);
    expect(history.newestDemand(cloud.minute)).toBe(0);
  });

  test('waits ten minutes for a function that was busy all the time', async () => {
    cloud.minute = MONDAY + 100;
    cloud.measure('checkout', MONDAY, MONDAY + 91, () => 5);
    const history = await load();
    await update(history);
    expect(Array.from(history.demand(cloud.minute).values.slice(91))).toEqual(new Array(9).fill(Number.NaN));
    // It is at rest after all.
    for (let i = 0; i < 3; i++) {
      cloud.minute += 1;
      await update(history);
    }
    expect(Array.from(history.demand(cloud.minute).values.slice(91))).toEqual([...new Array(10).fill(0), NaN, NaN]);
  });

  test('takes over what comes late, and what changes meanwhile', async () => {
    cloud.minute = MONDAY + 100;
    cloud.measure('checkout', MONDAY, MONDAY + 90, (minute) => minute % 2);
    const history = await load();
    await update(history);
    expect(history.demand(cloud.minute).values[95]).toBe(0);
    cloud.measure('checkout', MONDAY + 90, MONDAY + 101, () => 4);
    cloud.minute += 1;
    await update(history);
    expect(Array.from(history.demand(cloud.minute).values.slice(90))).toEqual(new Array(11).fill(4));
  });

  test('puts indicators on the minutes of demand', async () => {
    cloud.minute = MONDAY + 10;
    cloud.measure('checkout', MONDAY, MONDAY + 10, () => 1);
    cloud.measure('search', MONDAY + 4, MONDAY + 10, () => 30);
    const history = await load();
    await update(history);
    const [search] = history.indicators(cloud.minute);
    expect(search!.start).toBe(MONDAY);
    // Before its first value nothing is known of it.
    expect(Array.from(search!.values)).toEqual([NaN, NaN, NaN, NaN, 30, 30, 30, 30, 30, 30]);
  });

  test('comes back from the table as it was', async () => {
    cloud.measure('checkout', MONDAY - 3 * DAY, cloud.minute, (minute) => minute % 17);
    cloud.measure('search', MONDAY - 3 * DAY, cloud.minute, (minute) => minute % 170);
    const history = await load();
    await update(history);
    expect(history.isDue()).toBe(true);
    await history.save(cloud.world().store, cloud.minute);
    expect(history.isDue()).toBe(false);
    // Four days of two series.
    expect(cloud.count('dynamodb.PutItem')).toBe(8);

    cloud.minute += 5;
    cloud.measure('checkout', cloud.minute - 5, cloud.minute, () => 2);
    const again = await load();
    await update(again);
    await update(history);
    expect(asked()[0]).toBe(cloud.minute - 5 - 10);
    expect(again.demand(cloud.minute)).toEqual(history.demand(cloud.minute));
    expect(again.indicators(cloud.minute)).toEqual(history.indicators(cloud.minute));
  });

  test('stores the current day every quarter of an hour, and the day before for a little into the next', async () => {
    cloud.minute = MONDAY + DAY - 3;
    cloud.measure('checkout', MONDAY, MONDAY + 2 * DAY, () => 1);
    const history = await load([demandOf('checkout')]);
    await update(history);
    await history.save(cloud.world().store, cloud.minute);
    const stored = () => cloud.count('dynamodb.PutItem');
    const first = stored();
    const due: number[] = [];
    for (let i = 1; i <= 40; i++) {
      cloud.minute += 1;
      await update(history);
      if (!history.isDue()) continue;
      due.push(i);
      await history.save(cloud.world().store, cloud.minute);
    }
    expect(due).toEqual([15, 30]);
    expect(stored() - first).toBe(3);
    const days = await cloud.world().store.days(RESOURCE_ID);
    const yesterday = days.find(({ day }) => day === MONDAY / DAY);
    expect(yesterday!.until).toBe(MONDAY + DAY);
  });

  test('keeps 28 days, and removes older ones from the table, also those of series nobody asks for any more', async () => {
    cloud.measure('checkout', MONDAY, MONDAY + 40 * DAY, () => 1);
    const history = await load();
    for (let day = 0; day < 40; day++) {
      cloud.minute = MONDAY + day * DAY + 700;
      await update(history);
      await history.save(cloud.world().store, cloud.minute);
    }
    const days = await cloud.world().store.days(RESOURCE_ID);
    expect(days.map(({ day }) => day - MONDAY / DAY)).toEqual(Array.from({ length: 29 }, (_, i) => 11 + i));
    expect(history.demand(cloud.minute).values).toHaveLength(28 * DAY);

    // Nobody asks for it again.
    await cloud.world().store.putDay(RESOURCE_ID, { ...days[0]!, series: 'indicator:gone' });
    cloud.minute += DAY;
    const again = await load();
    await update(again);
    await again.save(cloud.world().store, cloud.minute);
    const left = await cloud.world().store.days(RESOURCE_ID);
    expect(left.map(({ series }) => series)).not.toContain('indicator:gone');
    expect(left).toHaveLength(29);
  });

  test('leaves unknown what CloudWatch has forgotten', async () => {
    cloud.measure('checkout', MONDAY, MONDAY + 60 * DAY, () => 6);
    const history = await load();
    await update(history);
    await history.save(cloud.world().store, cloud.minute);
    cloud.minute += 20 * DAY;
    const again = await load();
    await update(again);
    const { start, values } = again.demand(cloud.minute);
    expect(start).toBe(MONDAY);
    const known = Array.from(values.slice(0, 8 * 60)).concat(Array.from(values.slice(-15 * DAY + 15)));
    expect(new Set(known)).toEqual(new Set([6]));
    expect(values.filter((value) => Number.isNaN(value)).length).toBe(5 * DAY + 15);
  });

  test('measures a day again that it can’t read', async () => {
    cloud.measure('checkout', MONDAY - 2 * DAY, cloud.minute, () => 6);
    const history = await load([demandOf('checkout')]);
    await update(history);
    const { store } = cloud.world();
    await history.save(store, cloud.minute);
    const [, broken] = await store.days(RESOURCE_ID);
    await store.putDay(RESOURCE_ID, { ...broken!, packed: Uint8Array.from([255]) });
    const again = await load([demandOf('checkout')]);
    await update(again);
    expect(again.demand(cloud.minute)).toEqual(history.demand(cloud.minute));
  });

  test('says what it asks: the peak of concurrent executions, and how often indicators were called', async () => {
    await update(await load());
    const { MetricDataQueries } = cloud.inputOf('monitoring.GetMetricData') as { MetricDataQueries: unknown[] };
    expect(MetricDataQueries).toEqual([
      {
        Id: 'm0',
        MetricStat: {
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: 'ConcurrentExecutions',
            Dimensions: [{ Name: 'FunctionName', Value: 'checkout' }],
          },
          Period: 60,
          Stat: 'Maximum',
        },
      },
      {
        Id: 'm1',
        MetricStat: {
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: 'Invocations',
            Dimensions: [{ Name: 'FunctionName', Value: 'search' }],
          },
          Period: 60,
          Stat: 'Sum',
        },
      },
    ]);
  });
});
