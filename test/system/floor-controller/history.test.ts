import { History } from '../../../lambdas/system/floor-controller/history';
import {
  demandOf,
  heartbeatOf,
  indicatorOf,
  type SeriesOf,
} from '../../../lambdas/system/floor-controller/metrics-source';
import { FakeCloud, FLOOR_CONTROLLER, MONDAY, RESOURCE_ID } from './fake-cloud';

const DAY = 1_440;
const SERIES = [demandOf('checkout'), indicatorOf('search')];

jest.setTimeout(20_000);

describe('History', () => {
  let cloud: FakeCloud;
  beforeEach(async () => {
    cloud = await FakeCloud.start();
  });
  afterEach(() => cloud.stop());

  const load = (series: readonly SeriesOf[] = SERIES) =>
    History.load(cloud.dependencies().store, RESOURCE_ID, {
      series,
      heartbeat: heartbeatOf(FLOOR_CONTROLLER),
      days: 28,
    });
  const update = (history: History, hasTime = () => true) =>
    history.update(cloud.dependencies().metrics, cloud.dependencies().store, cloud.minute, hasTime);
  /** Spans that were asked for since it was asked last, from the first minute to before the last. */
  const asked = () => {
    const calls = cloud.calls.filter(({ name }) => name === 'monitoring.GetMetricData');
    cloud.calls.length = 0;
    return calls.map(({ input }) => [Number(input['StartTime']) / 60_000, Number(input['EndTime']) / 60_000]);
  };
  /** Demand from a minute on. */
  const demandFrom = (history: History, minute: number) => {
    const { start, values } = history.demand(cloud.minute);
    return Array.from(values.slice(minute - start));
  };

  test('is empty if nothing was ever measured', async () => {
    const history = await load();
    await update(history);
    expect(history.demand(cloud.minute)).toEqual({ start: cloud.minute, values: new Float64Array() });
    expect(history.indicators(cloud.minute)).toEqual([{ start: cloud.minute, values: new Float64Array() }]);
    expect(history.newestDemand(cloud.minute)).toBeUndefined();
  });

  test('reads all of CloudWatch’s values in parts of three days, then new values and the three hours before them', async () => {
    cloud.measure('checkout', MONDAY, MONDAY + 2 * DAY, () => 3);
    const history = await load();
    expect(await update(history)).toBe(true);
    const spans = [cloud.minute - 15 * DAY + 15, ...[-11, -8, -5, -2].map((days) => MONDAY + days * DAY)];
    expect(asked()).toEqual(spans.map((from, i) => [from, spans[i + 1] ?? cloud.minute]));
    const before = cloud.minute;
    cloud.minute += 1;
    expect(await update(history)).toBe(true);
    expect(asked()).toEqual([[before - 2 - 180, before + 1]]);
  });

  describe('when there is no time for all of it', () => {
    test('continues where it stopped, even in a new execution environment', async () => {
      cloud.measure('checkout', MONDAY - 20 * DAY, MONDAY + DAY, (minute) => minute % 9);
      const times = [true, true, false];
      expect(await update(await load(), () => times.shift()!)).toBe(false);
      expect(asked()).toHaveLength(3);
      cloud.minute += 1;
      const history = await load();
      expect(await update(history)).toBe(true);
      expect(asked()).toEqual([
        [MONDAY - 5 * DAY - 180, MONDAY - 2 * DAY],
        [MONDAY - 2 * DAY, cloud.minute],
      ]);
      const { start, values } = history.demand(cloud.minute);
      expect(start).toBe(cloud.minute - 1 - 15 * DAY + 15);
      expect(values).toEqual(Float64Array.from(values, (_, i) => (start + i) % 9));
    });

    test('keeps the values that arrived before an error', async () => {
      cloud.measure('checkout', MONDAY - 20 * DAY, MONDAY + DAY, () => 4);
      let calls = 0;
      cloud.intervene = (name) => (name.startsWith('monitoring') && ++calls > 2 ? [400, 'No'] : undefined);
      const history = await load();
      await expect(update(history)).rejects.toThrow('No');
      asked();
      cloud.intervene = () => undefined;
      await update(await load());
      expect(asked()[0]).toEqual([MONDAY - 8 * DAY - 180, MONDAY - 5 * DAY]);
    });

    test('reads new values first', async () => {
      cloud.measure('checkout', MONDAY - 20 * DAY, MONDAY + DAY, () => 4);
      cloud.measure('search', MONDAY - 20 * DAY, MONDAY + DAY, () => 40);
      const before = await load([demandOf('checkout')]);
      await update(before);
      await before.save(cloud.dependencies().store, cloud.minute);
      cloud.minute += 5;
      asked();
      const history = await load();
      expect(await update(history, () => false)).toBe(false);
      expect(asked()).toEqual([[cloud.minute - 5 - 2 - 180, cloud.minute]]);
      expect(history.newestDemand(cloud.minute)).toBe(4);
      expect(await update(history)).toBe(true);
      expect(history.indicators(cloud.minute)[0]!.values.at(-1)).toBe(40);
    });
  });

  describe('while CloudWatch is late', () => {
    const START = MONDAY + 8 * 60;

    test('counts missing minutes as unknown, and fills them in when values arrive', async () => {
      cloud.measure('checkout', MONDAY, MONDAY + DAY, () => 5);
      const history = await load();
      cloud.lateFrom = START;
      for (cloud.minute = START; cloud.minute < START + 300; cloud.minute += 20) {
        await update(history);
        expect(demandFrom(history, START)).toEqual(new Array(cloud.minute - START).fill(NaN));
      }
      await history.save(cloud.dependencies().store, cloud.minute);
      // Another environment knows no more.
      const again = await load();
      await update(again);
      expect(demandFrom(again, START)).toEqual(new Array(300).fill(NaN));
      cloud.lateFrom = Infinity;
      for (const one of [history, again]) {
        await update(one);
        expect(demandFrom(one, START)).toEqual(new Array(300).fill(5));
      }
    });

    test('counts missing minutes as unknown for a function that is rarely busy, too', async () => {
      cloud.measure('checkout', MONDAY, MONDAY + DAY, (minute) => (minute % 7 === 0 ? 1 : undefined));
      const history = await load();
      cloud.lateFrom = START;
      cloud.minute = START + 30;
      await update(history);
      expect(demandFrom(history, START)).toEqual(new Array(30).fill(NaN));
      cloud.lateFrom = Infinity;
      await update(history);
      expect(demandFrom(history, START)).toEqual([
        ...Array.from({ length: 28 }, (_, i) => Number((START + i) % 7 === 0)),
        NaN,
        NaN,
      ]);
    });

    test('and publishes the newest values first, counts the gap as unknown, and later as idle', async () => {
      cloud.measure('checkout', MONDAY, START, () => 5);
      const history = await load();
      cloud.minute = START;
      await update(history);
      cloud.measure('checkout', START + 50, START + 300, () => 6);
      cloud.ran = (minute) => minute < START || minute >= START + 50;
      cloud.minute = START + 60;
      await update(history);
      expect(demandFrom(history, START)).toEqual([...new Array(50).fill(NaN), ...new Array(10).fill(6)]);
      // That comes late, but in time.
      cloud.measure('checkout', START, START + 10, () => 7);
      for (cloud.minute = START + 61; cloud.minute <= START + 300; cloud.minute += 1) await update(history);
      expect(demandFrom(history, START).slice(0, 51)).toEqual([...new Array(10).fill(7), ...new Array(40).fill(0), 6]);
    });

    test('corrects minutes that were counted as idle, for three hours', async () => {
      cloud.measure('checkout', MONDAY, START, (minute) => minute % 2);
      const history = await load();
      cloud.minute = START + 100;
      await update(history);
      expect(demandFrom(history, START + 1)[0]).toBe(0);
      cloud.measure('checkout', START, START + 10, () => 8);
      cloud.minute = START + 170;
      await update(history);
      expect(demandFrom(history, START).slice(0, 11)).toEqual([...new Array(10).fill(8), 0]);
    });
  });

  test('before the floor controller ever ran, takes a later value or three hours for a sign of rest', async () => {
    cloud.ran = () => false;
    cloud.minute = MONDAY + 400;
    cloud.measure('checkout', MONDAY, MONDAY + 1, () => 7);
    cloud.measure('checkout', MONDAY + 300, MONDAY + 301, () => 9);
    const history = await load();
    await update(history);
    expect(demandFrom(history, MONDAY)).toEqual([7, ...new Array(299).fill(0), 9, ...new Array(99).fill(NaN)]);
    cloud.minute = MONDAY + 500;
    await update(history);
    expect(demandFrom(history, MONDAY + 301)).toEqual([...new Array(19).fill(0), ...new Array(180).fill(NaN)]);
    // Its first beat says that all of it would have been told by now.
    cloud.ran = (minute) => minute === MONDAY + 500;
    cloud.minute += 1;
    await update(history);
    expect(demandFrom(history, MONDAY + 301)).toEqual([...new Array(198).fill(0), NaN, NaN]);
  });

  test('counts missing values as idle, but not before the first value or in the newest two minutes', async () => {
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

  describe('of a function that is silent although CloudWatch is up to date', () => {
    const END = MONDAY + 8 * 60;
    const nan = (minutes: number) => new Array<number>(minutes).fill(NaN);

    describe.each([
      ['busy for nine minutes', 9, 0],
      ['busy for ten minutes', 10, 10],
      ['busy for fifty-nine minutes', 59, 10],
      ['busy for an hour', 60, 60],
      ['always busy', 8 * 60, 60],
    ])('and was %s', (_, busy, waited) => {
      beforeEach(() => {
        cloud.measure('checkout', MONDAY, END, (minute) => (minute >= END - busy ? 40 : minute % 3 || undefined));
        cloud.measure('checkout', END - busy - 1, END - busy, () => 0);
      });

      test(`waits ${waited} minutes, minute by minute or at once`, async () => {
        cloud.minute = END;
        const history = await load();
        await update(history);
        for (cloud.minute = END + 1; cloud.minute <= END + 70; cloud.minute += 1) {
          const silent = cloud.minute - END;
          await update(history);
          const known = silent > waited ? Math.max(0, silent - 2) : 0;
          const expected = [...new Array<number>(known).fill(0), ...nan(silent - known)];
          expect(demandFrom(history, END)).toEqual(expected);
          expect(history.newestDemand(cloud.minute)).toBe(known > 0 ? 0 : 40);
          if (silent % 10 > 1) continue;
          // Another environment that reads all anew says the same.
          const again = await load();
          await update(again);
          expect(demandFrom(again, END)).toEqual(expected);
        }
      });

      test('counts the minutes as idle only then', async () => {
        cloud.minute = END + Math.max(waited, 35);
        const history = await load();
        await update(history);
        expect(history.idleMinutes(cloud.minute)).toBe(waited === 60 ? 0 : 33);
        cloud.minute = END + 61;
        await update(history);
        expect(history.idleMinutes(cloud.minute)).toBe(59);
      });
    });

    test('and was busy but for what isn’t known, waits as long', async () => {
      cloud.measure('checkout', MONDAY, END, () => 40);
      const measured = cloud.metrics.get('checkout ConcurrentExecutions Maximum')!;
      // Neither has it a value of these nor did the floor controller run.
      for (let minute = END - 30; minute < END - 20; minute++) measured.delete(minute);
      cloud.ran = (minute) => minute < END - 30 || minute >= END - 20;
      cloud.minute = END + 50;
      const history = await load();
      await update(history);
      expect(demandFrom(history, END - 30)).toEqual([...nan(10), ...new Array(20).fill(40), ...nan(50)]);
    });

    test('waits equally long if the last read begins with missing values', async () => {
      cloud.measure('checkout', MONDAY - 20 * DAY, MONDAY, () => 40);
      cloud.minute = MONDAY - 3 * DAY + 150 + 2;
      const history = await load();
      await update(history);
      cloud.minute = MONDAY + 5;
      await update(history);
      expect(asked().slice(-2)).toEqual([
        [MONDAY - 3 * DAY - 30, MONDAY],
        [MONDAY, MONDAY + 5],
      ]);
      expect(demandFrom(history, MONDAY - 1)).toEqual([40, ...nan(5)]);
    });

    test('and was only late, takes over what comes, whether it was waited for or not', async () => {
      cloud.measure('checkout', MONDAY, END, () => 40);
      const history = await load();
      for (const late of [45, 75]) {
        cloud.minute = END + late;
        await update(history);
      }
      expect(demandFrom(history, END)).toEqual([...new Array(73).fill(0), NaN, NaN]);
      cloud.measure('checkout', END, END + 75, () => 41);
      await update(history);
      expect(demandFrom(history, END)).toEqual(new Array(75).fill(41));
    });
  });

  test('counts what is idle while the floor controller’s own invocations are no older than ten minutes', async () => {
    const LATE = MONDAY + 100;
    cloud.measure('checkout', MONDAY, MONDAY + 1, () => 1);
    cloud.lateFrom = LATE;
    const idle: number[] = [];
    const history = await load();
    for (cloud.minute = LATE; cloud.minute <= LATE + 45; cloud.minute += 1) {
      await update(history);
      idle.push(history.idleMinutes(cloud.minute));
    }
    // The newest minute that is shown is the 99th, and two less are sure.
    expect(idle).toEqual([...new Array(10).fill(97), ...new Array(36).fill(0)]);
  });

  test('uses late and changed values', async () => {
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

  test('is read from the table unchanged', async () => {
    cloud.measure('checkout', MONDAY - 3 * DAY, cloud.minute, (minute) => minute % 17);
    cloud.measure('search', MONDAY - 3 * DAY, cloud.minute, (minute) => minute % 170);
    const history = await load();
    await update(history);
    expect(history.isDue()).toBe(true);
    await history.save(cloud.dependencies().store, cloud.minute);
    expect(history.isDue()).toBe(false);
    // Four days of two series, and three ends of spans before there was a value.
    expect(cloud.count('dynamodb.PutItem')).toBe(8 + 2 * 3);

    cloud.minute += 5;
    cloud.measure('checkout', cloud.minute - 5, cloud.minute, () => 2);
    const again = await load();
    await update(again);
    await update(history);
    expect(asked().at(-1)).toEqual([cloud.minute - 5 - 2 - 180, cloud.minute]);
    expect(again.demand(cloud.minute)).toEqual(history.demand(cloud.minute));
    expect(again.indicators(cloud.minute)).toEqual(history.indicators(cloud.minute));
  });

  test('loses nothing if it is stopped after storing one of two days', async () => {
    cloud.measure('checkout', MONDAY - 20 * DAY, MONDAY + DAY, () => 4);
    for (let stop = 1; stop <= 3; stop++) {
      let writes = 0;
      cloud.intervene = (name) =>
        name.endsWith('PutItem') && ++writes > stop ? [400, 'ValidationException'] : undefined;
      await expect(update(await load([demandOf('checkout')]))).rejects.toThrow('ValidationException');
    }
    cloud.intervene = () => undefined;
    const history = await load([demandOf('checkout')]);
    await update(history);
    const { start, values } = history.demand(cloud.minute);
    expect(start).toBe(cloud.minute - 15 * DAY + 15);
    expect(new Set(values)).toEqual(new Set([4]));
  });

  test('stores the current day every quarter of an hour, and the day before for a little into the next', async () => {
    cloud.minute = MONDAY + DAY - 3;
    cloud.measure('checkout', MONDAY, MONDAY + 2 * DAY, () => 1);
    const history = await load([demandOf('checkout')]);
    await update(history);
    await history.save(cloud.dependencies().store, cloud.minute);
    const stored = () => cloud.count('dynamodb.PutItem');
    const first = stored();
    const due: number[] = [];
    for (let i = 1; i <= 40; i++) {
      cloud.minute += 1;
      await update(history);
      if (!history.isDue()) continue;
      due.push(i);
      await history.save(cloud.dependencies().store, cloud.minute);
    }
    expect(due).toEqual([15, 30]);
    expect(stored() - first).toBe(3);
    const days = await cloud.dependencies().store.days(RESOURCE_ID);
    const yesterday = days.find(({ day }) => day === MONDAY / DAY);
    expect(yesterday!.until).toBe(MONDAY + DAY);
  });

  test('keeps 28 days, and removes older ones from the table, also those of series nobody asks for any more', async () => {
    cloud.measure('checkout', MONDAY, MONDAY + 40 * DAY, () => 1);
    const history = await load();
    for (let day = 0; day < 40; day++) {
      cloud.minute = MONDAY + day * DAY + 700;
      await update(history);
      await history.save(cloud.dependencies().store, cloud.minute);
    }
    const days = (await cloud.dependencies().store.days(RESOURCE_ID)).filter(({ series }) => series === 'demand');
    expect(days.map(({ day }) => day - MONDAY / DAY)).toEqual(Array.from({ length: 29 }, (_, i) => 11 + i));
    expect(history.demand(cloud.minute).values).toHaveLength(28 * DAY);

    // Nobody asks for it again.
    await cloud.dependencies().store.putDay(RESOURCE_ID, { ...days[0]!, series: 'indicator:gone' });
    cloud.minute += DAY;
    const again = await load();
    await update(again);
    await again.save(cloud.dependencies().store, cloud.minute);
    const left = await cloud.dependencies().store.days(RESOURCE_ID);
    expect(left.map(({ series }) => series)).not.toContain('indicator:gone');
    expect(left.filter(({ series }) => series === 'demand')).toHaveLength(29);
    expect(Math.min(...left.map(({ day }) => day))).toBe(MONDAY / DAY + 12);
  });

  test('counts values that CloudWatch has deleted as unknown', async () => {
    cloud.measure('checkout', MONDAY, MONDAY + 60 * DAY, () => 6);
    const history = await load();
    await update(history);
    await history.save(cloud.dependencies().store, cloud.minute);
    cloud.minute += 20 * DAY;
    const again = await load();
    await update(again);
    const { start, values } = again.demand(cloud.minute);
    expect(start).toBe(MONDAY);
    const known = Array.from(values.slice(0, 8 * 60)).concat(Array.from(values.slice(-15 * DAY + 15)));
    expect(new Set(known)).toEqual(new Set([6]));
    expect(values.filter((value) => Number.isNaN(value)).length).toBe(5 * DAY + 15);
  });

  test('reads a day from CloudWatch again if the stored one is invalid', async () => {
    cloud.measure('checkout', MONDAY - 2 * DAY, cloud.minute, () => 6);
    const history = await load([demandOf('checkout')]);
    await update(history);
    const { store } = cloud.dependencies();
    await history.save(store, cloud.minute);
    const broken = (await store.days(RESOURCE_ID)).find(({ day }) => day === MONDAY / DAY - 1)!;
    await store.putDay(RESOURCE_ID, { ...broken, packed: Uint8Array.from([255]) });
    const again = await load([demandOf('checkout')]);
    asked();
    await update(again);
    expect(asked()[0]![0]).toBe(MONDAY - DAY - 180);
    expect(demandFrom(again, MONDAY - DAY).slice(0, DAY)).toEqual(new Array(DAY).fill(6));
    expect(again.demand(cloud.minute)).toEqual(history.demand(cloud.minute));
    // Until it has all of it, another environment starts there again.
    await again.save(store, cloud.minute);
    const third = await load([demandOf('checkout')]);
    expect(third.demand(cloud.minute)).toEqual(history.demand(cloud.minute));
  });

  test('overwrites an invalid day that CloudWatch doesn’t have any more', async () => {
    cloud.measure('checkout', MONDAY - 2 * DAY, cloud.minute, () => 6);
    const history = await load([demandOf('checkout')]);
    await update(history);
    const { store } = cloud.dependencies();
    await history.save(store, cloud.minute);
    const days = await store.days(RESOURCE_ID);
    const broken = days.find(({ day }) => day === MONDAY / DAY - 1)!;
    await store.putDay(RESOURCE_ID, { ...broken, packed: Uint8Array.from([255]) });
    cloud.minute += 20 * DAY;
    const again = await load([demandOf('checkout')]);
    await update(again);
    await again.save(store, cloud.minute);
    asked();
    await update(await load([demandOf('checkout')]));
    expect(asked()).toEqual([[cloud.minute - 2 - 180, cloud.minute]]);
  });

  test('reads series with different delays in one call', async () => {
    cloud.measure('checkout', MONDAY, MONDAY + DAY, () => 6);
    cloud.measure('search', MONDAY, cloud.minute - 5, () => 6);
    const history = await load();
    await update(history);
    asked();
    cloud.minute += 1;
    await update(history);
    expect(asked()).toEqual([[cloud.minute - 6 - 180, cloud.minute]]);
  });

  test('reads the maximum of concurrent executions, the sums of indicators, and the floor controller’s invocations', async () => {
    await update(await load());
    const { MetricDataQueries } = cloud.inputOf('monitoring.GetMetricData') as { MetricDataQueries: unknown[] };
    expect(MetricDataQueries).toEqual([
      {
        Id: 'm0',
        MetricStat: {
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: 'Invocations',
            Dimensions: [{ Name: 'FunctionName', Value: 'floor-controller' }],
          },
          Period: 60,
          Stat: 'Sum',
        },
      },
      {
        Id: 'm1',
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
        Id: 'm2',
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
