import fc from 'fast-check';
import { cellsOf, readSeries, separatorOf } from '../../../cli/capacity/read-series';

const NINE = Date.UTC(2026, 0, 5, 9);

describe('readSeries', () => {
  test.each([
    ['2026-01-05T09:00:00Z'],
    ['2026-01-05T09:00:00.000Z'],
    ['2026-01-05T09:00:00'],
    ['2026-01-05 09:00:00'],
    ['2026-01-05 09:00'],
    ['2026-01-05T10:00:00+01:00'],
    ['2026-01-05T04:00:00-0500'],
    ['2026/01/05 09:00:00'],
    ['"2026-01-05T09:00:00Z"'],
    [String(NINE / 1000)],
    [String(NINE)],
  ])('reads the time %s', (time) => {
    expect(readSeries(`${time},12.5`)).toEqual([{ at: NINE, value: 12.5 }]);
  });

  test.each(['timestamp,value\n', 'Label,Invocations\n', '\uFEFFtimestamp,value\r\n', ''])(
    'with the header %j',
    (header) => {
      expect(readSeries(`${header}2026-01-05T09:00,1\r\n2026-01-05T09:01,2\n\n`)).toEqual([
        { at: NINE, value: 1 },
        { at: NINE + 60_000, value: 2 },
      ]);
    },
  );

  test('keeps order, duplicates and invalid values, which are cleaned later', () => {
    const text = '2026-01-05T09:01,2\n2026-01-05T09:00,-1\n2026-01-05T09:00,NaN\n2026-01-05T09:00,\n';
    expect(readSeries(text).map(({ value }) => value)).toEqual([2, -1, Number.NaN, Number.NaN]);
  });

  test.each([
    ['timestamp,value\n2026-01-05T09:00,1\nyesterday,2', 'line 3', "'yesterday'"],
    ['timestamp,value\n2026-01-05T09:00,many', 'line 2', "'many'"],
    ['2026-01-05T09:00,1\n2026-13-05T09:00,1', 'line 2', "'2026-13-05T09:00'"],
    ['2026-01-05T09:00,1\n2026-02-31T09:00,1', 'line 2', "'2026-02-31T09:00'"],
    ['05/01/2026 09:00,1\n05/01/2026 09:01,2', 'line 1', "'05/01/2026 09:00'"],
  ])('fails on %j with its line and what was there', (text, line, got) => {
    expect(() => readSeries(text)).toThrow(line);
    expect(() => readSeries(text)).toThrow(got);
  });

  const minutesOfADay = Array.from({ length: 200 }, (_, i) => `${new Date(NINE + i * 60_000).toISOString()},${i}`);

  test('one line in a hundred may be invalid: its point has no value or no time', () => {
    const lines = minutesOfADay.with(7, '2026-01-05T09:07,n/a').with(100, 'Total,17');
    const points = readSeries(lines.join('\n'));
    expect(points).toHaveLength(200);
    expect(points[7]).toEqual({ at: NINE + 7 * 60_000, value: Number.NaN });
    expect(points[100]).toEqual({ at: Number.NaN, value: 17 });
    const more = lines.with(50, 'x,y').join('\n');
    expect(() => readSeries(more)).toThrow(
      "line 8: expected a number as value, got 'n/a'; 3 of 200 lines can't be read",
    );
  });

  test.each([
    [';', '12,5'],
    ['\t', '12.5'],
    ['\t', '12,5'],
  ])('reads cells between %j, with %s as twelve and a half', (separator, value) => {
    const text = `time${separator}value\n2026-01-05T09:00${separator}${value}\n`;
    expect(readSeries(text)).toEqual([{ at: NINE, value: 12.5 }]);
  });

  test.each(['', '\n\n', 'timestamp,value\n'])('fails on %j, which has no line of data', (text) => {
    expect(() => readSeries(text)).toThrow('at least one line');
  });

  test('a quoted cell may hold the separator, and quotes as two', () => {
    const rows = ['time;"a;""b"";c";value', '"2026-01-05 09:00";"1,5"', '2026-01-05 09:01; "2" ;" x;y "'];
    expect(readSeries(rows.join('\n'))).toEqual([
      { at: NINE, value: 1.5 },
      { at: NINE + 60_000, value: 2 },
    ]);
    expect(cellsOf('"a;""b""" ; 5" disk;"', ';')).toEqual(['a;"b"', '5" disk', '']);
    expect(separatorOf('"a,b";"c"')).toBe(';');
  });

  test('a decimal comma between commas has an error of its own', () => {
    expect(() => readSeries('"2026-01-05 09:00","1,5"')).toThrow(
      "line 1: expected a number as value, got '1,5' (a decimal comma needs semicolons between cells)",
    );
    expect(() => readSeries('2026-01-05 09:00,many')).toThrow(/got 'many'$/);
  });

  test.each([
    '05.01.2026 09:00',
    '5/1/2026',
    '05/01/26',
    '1/5/2026 9:00 AM',
    '2026/1/5 9:00',
    '2026-01-05 9:00 AM',
    '05-01-2026',
  ])('does not guess which is the day in %s, and says what to do', (date) => {
    expect(() => readSeries(`time;value\n${date};1`)).toThrow(
      `line 2: expected a timestamp (ISO 8601, or seconds since 1970), got '${date}' ` +
        '(format the column as YYYY-MM-DD HH:MM)',
    );
  });

  test.each(['2026-13-05 09:00', '2026-02-31', 'yesterday', '12.5'])('has no such advice for %s', (time) => {
    expect(() => readSeries(`2026-01-05,1\n${time},1`)).toThrow(/got '[^']*'$/);
  });

  test('the separator is found from the data, not from a title', () => {
    expect(readSeries('My shop; today\n2026-01-05T09:00,1', 1)).toEqual([{ at: NINE, value: 1 }]);
  });

  test('only the first line may be a header, or the given number of lines', () => {
    expect(() => readSeries('timestamp,value\n#REF!,oops\n2026-01-05,1')).toThrow('line 2: expected a timestamp');
    expect(() => readSeries('\ntimestamp,value\n\n#REF! oops;;;\n2026-01-05,1')).toThrow('line 4: expected');
    expect(readSeries('a\nb,c\n2026-01-05T09:00,1', 2)).toEqual([{ at: NINE, value: 1 }]);
    expect(() => readSeries('a\nb,c\n2026-01-05T09:00,1', 1)).toThrow('line 2: expected a timestamp');
  });

  test.each([
    '{"MetricDataResults":[]}',
    '{"MetricDataResults":[{"Timestamps":[],"Values":[]}]}',
    '{"Datapoints":[],"Label":"Invocations"}',
  ])('says of %s that the metric had no points', (text) => {
    expect(() => readSeries(text)).toThrow('the metric had no points: check its name, Region and times');
  });

  test("reads GetMetricData's answer, whose newest value comes first", () => {
    const answer = {
      MetricDataResults: [
        { Id: 'm', Label: 'x', Timestamps: ['2026-01-05T09:01:00+00:00', '2026-01-05T09:00:00+00:00'], Values: [2, 1] },
      ],
    };
    expect(readSeries(JSON.stringify(answer))).toEqual([
      { at: NINE + 60_000, value: 2 },
      { at: NINE, value: 1 },
    ]);
  });

  test('joins the parts of one metric, and fails if there are several', () => {
    const part = (Id: string, minute: number) => ({
      Id,
      Label: `of ${Id}`,
      Timestamps: [NINE / 1000 + minute * 60],
      Values: [minute],
    });
    const answer = (...parts: unknown[]) => JSON.stringify({ MetricDataResults: parts });
    expect(readSeries(answer(part('a', 1), part('a', 2)))).toHaveLength(2);
    expect(() => readSeries(answer(part('a', 1), part('b', 1)))).toThrow(
      'expected one metric, got 2 (of a, of b): request one of them',
    );
    const nameless = (minute: number, Label?: string) => ({ ...part('', minute), Id: undefined, Label });
    expect(readSeries(answer(nameless(1, 'x'), nameless(2, 'x')))).toHaveLength(2);
    expect(readSeries(answer(nameless(1), nameless(2)))).toHaveLength(2);
    expect(() => readSeries(answer(nameless(1, 'x'), nameless(2, 'y')))).toThrow(
      'expected one metric, got 2 (x, y): request one of them',
    );
  });

  test("reads GetMetricStatistics' answer in any order", () => {
    const answer = {
      Label: 'Invocations',
      Datapoints: [
        { Timestamp: '2026-01-05T09:01:00Z', Sum: 2, Unit: 'Count' },
        { Timestamp: '2026-01-05T09:00:00Z', Sum: 1, Unit: 'Count' },
        { Timestamp: '2026-01-05T08:59:00Z', Sum: null, Unit: 'Count' },
      ],
    };
    expect(readSeries(JSON.stringify(answer))).toEqual([
      { at: NINE + 60_000, value: 2 },
      { at: NINE, value: 1 },
      { at: NINE - 60_000, value: Number.NaN },
    ]);
  });

  test('fails if there are several statistics, in one datapoint or in all', () => {
    const answer = (...values: object[]) =>
      JSON.stringify({ Datapoints: values.map((value, i) => ({ Timestamp: NINE / 1000 + 60 * i, ...value })) });
    expect(() => readSeries(answer({ Sum: 1, Maximum: 2 }))).toThrow(
      'Datapoints have 2 statistics (Sum, Maximum): request one statistic',
    );
    expect(() => readSeries(answer({ Sum: 1 }, { Average: 2 }))).toThrow('(Sum, Average)');
    expect(() => readSeries(answer({ Sum: 1, ExtendedStatistics: { p99: 2 } }))).toThrow('(Sum, p99)');
    expect(readSeries(answer({ ExtendedStatistics: { p99: 2 } }))).toEqual([{ at: NINE, value: 2 }]);
  });

  test.each([
    ['{"Functions": []}', 'Functions'],
    ['{"Datapoints": [null]}', 'Datapoints[0]: expected an object, got null'],
    ['{"Datapoints": [{"Timestamp": 1767603600, "Sum": 1}, 7]}', 'Datapoints[1]: expected an object, got 7'],
    ['{"MetricDataResults": [null]}', 'MetricDataResults[0]: expected an object, got null'],
    ['{"MetricDataResults": [{"Values": []}]}', 'MetricDataResults[0].Timestamps: expected a list, got nothing'],
    ['{"MetricDataResults": [{"Timestamps": [], "Values": 5}]}', 'MetricDataResults[0].Values: expected a list, got 5'],
    [
      '{"MetricDataResults": [{"Timestamps": [null], "Values": [1]}]}',
      "MetricDataResults[0].Timestamps[0]: expected a timestamp, got 'null'",
    ],
    ['{"MetricDataResults": null}', 'expected MetricDataResults'],
    ['[1, 2]', 'MetricDataResults'],
    ['{"Datapoints": [{"Timestamp": "soon", "Sum": 1}]}', "Datapoints[0].Timestamp: expected a timestamp, got 'soon'"],
    ['{"Datapoints": [', "can't be read"],
  ])('fails on the JSON %s', (text, message) => {
    expect(() => readSeries(text)).toThrow(message);
  });

  test('reads back a written series, or names the line that it can’t read', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), fc.double())),
        (rows) => {
          fc.pre(rows.length > 0);
          const text = rows.map(([date, value]) => `${date.toISOString()},${value}`).join('\n');
          expect(readSeries(text)).toEqual(
            rows.map(([date, value]) => ({ at: date.getTime(), value: Object.is(value, -0) ? 0 : value })),
          );
        },
      ),
      { seed: 21, numRuns: 50 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          for (const point of readSeries(text)) expect(Number.isFinite(point.at)).toBe(true);
        } catch (error) {
          expect((error as Error).message).toMatch(/line|expected/);
        }
      }),
      { seed: 22, numRuns: 200 },
    );
  });
});
