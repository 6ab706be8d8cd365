import { daysOf, levelsAsCounts, readExport } from '../../../cli/capacity/read-export';

const CONSOLE = [
  '"Id","m1"',
  '"Label","ConcurrentExecutions"',
  '"Statistic","Maximum"',
  '"Period","60"',
  '',
  '"2026/11/01 00:00:00","12"',
  '"2026/11/01 00:01:00",""',
  '"2026/11/01 00:02:00","14.5"',
].join('\r\n');

test('reads exports of the console: lines about the metric, slashes, quotes, and an empty cell as no point', () => {
  const { points, label, otherColumns } = readExport(CONSOLE, 'export.csv');
  expect(label).toBe('ConcurrentExecutions');
  expect(otherColumns).toBe(0);
  expect(points).toEqual([
    { at: Date.UTC(2026, 10, 1, 0, 0), value: 12 },
    { at: Date.UTC(2026, 10, 1, 0, 2), value: 14.5 },
  ]);
});

const DATA = '{"MetricDataResults":[{"Timestamps":["2026-11-01T00:00:00Z"],"Values":[3]}]}';
const NOW = 'Full label,ConcurrentExecutions\nLabel,x\n';

test.each([
  ["CloudWatch's JSON", DATA, 'idle'],
  ['its statistics', '{"Datapoints":[{"Timestamp":"2026-11-01T00:00:00Z","Sum":1}]}', 'idle'],
  ["the console's CSV", CONSOLE, 'idle'],
  ["the console's CSV of today", `${NOW}2026/11/01 00:00:00,1`, 'idle'],
  ["the console's CSV, its dates made ISO by a spreadsheet", `${NOW.replaceAll(',', ';')}2026-11-01 00:00;1`, 'idle'],
  ['a plain CSV', 'timestamp,value\n2026-11-01,1', 'unknown'],
  ['a plain CSV with slashes', 'timestamp,value\n2026/11/01 00:00,1', 'unknown'],
  ['a plain CSV whose header says label', 'Label,Invocations\n2026-11-01,1', 'unknown'],
  ['a plain CSV without a header', '2026-11-01,1', 'unknown'],
])('knows what a gap is in %s', (_, text, gaps) => {
  expect(readExport(text, 'x').gaps).toBe(gaps);
});

test('a header may begin with a digit', () => {
  expect(readExport('5 minutes from,requests\n2026-11-01,1', 'x.csv').points).toHaveLength(1);
});

test('a plain CSV keeps points without a value', () => {
  expect(readExport('timestamp,value\n2026-11-01,', 'x.csv').points).toEqual([
    { at: Date.UTC(2026, 10, 1), value: Number.NaN },
  ]);
});

test('a bad line after the header doesn’t count as header', () => {
  const rows = Array.from({ length: 200 }, (_, i) => `${1793500000 + i * 60},${i}`);
  const withBad = (...before: string[]) => readExport([...before, '#REF! oops;;;', ...rows].join('\n'), 'x.csv');
  for (const before of [
    ['timestamp,value'],
    ['', 'timestamp,value'],
    ['Label,x', 'Period,60'],
    ['Label,x', 'Time,Value'],
  ]) {
    const { points, otherColumns } = withBad(...before);
    expect(points).toHaveLength(201);
    expect(points[0]!.at).toBeNaN();
    expect(points.at(-1)!.value).toBe(199);
    expect(otherColumns).toBe(0);
  }
  expect(() => readExport('timestamp,value\n\n#REF!\n2026-11-01,1', 'x.csv')).toThrow(
    "x.csv, line 3: expected a timestamp (ISO 8601, or seconds since 1970), got '#REF!'",
  );
});

test('reports the number of ignored columns', () => {
  expect(readExport('time,a,b\n2026-11-01T00:00Z,1,2', 'x.csv').otherColumns).toBe(1);
});

test('reads CSV of a spreadsheet, with semicolons and decimal commas', () => {
  const { points, otherColumns } = readExport(
    'Zeit;Wert;Notiz\r\n2026-11-01 00:00;1,5;x\r\n2026-11-01 00:01;2;\r\n',
    'x.csv',
  );
  expect(points.map(({ value }) => value)).toEqual([1.5, 2]);
  expect(otherColumns).toBe(1);
});

test('reads the API’s answer', () => {
  const data = { MetricDataResults: [{ Timestamps: ['2026-11-01T00:00:00+00:00'], Values: [3] }] };
  const statistics = { Datapoints: [{ Timestamp: '2026-11-01T00:00:00Z', Maximum: 3 }] };
  for (const answer of [data, statistics])
    expect(readExport(JSON.stringify(answer), 'x.json').points).toEqual([{ at: Date.UTC(2026, 10, 1), value: 3 }]);
});

test.each([
  ['nothing', ' \n', 'x.csv is empty'],
  ['prose', 'Dear operator,\nall is well', "x.csv: expected lines of timestamp,value, got 'Dear operator,'"],
  [
    'a value that is none',
    'timestamp,value\n2026-11-01,1\n2026-11-02,many',
    "x.csv, line 3: expected a number as value, got 'many'",
  ],
  [
    'a time that is none',
    `${CONSOLE}\r\nlater,1`,
    "x.csv, line 9: expected a timestamp (ISO 8601, or seconds since 1970), got 'later'",
  ],
  [
    'a header and nothing else',
    'timestamp,value\r\n\r\n',
    "x.csv has no lines of data: 'timestamp,value' must be followed by lines of timestamp,value",
  ],
  [
    "the console's lines about a metric and nothing else",
    'Full label,x\nLabel,x\n',
    "x.csv has no lines of data: 'Label,x' must be followed by lines of timestamp,value",
  ],
  ['a metric without points', '{"MetricDataResults":[]}', 'x.csv: the metric had no points: check its name, Region'],
  [
    'dates of a spreadsheet',
    'Zeit;Wert\n26.10.2026 00:00;1,5',
    "x.csv, line 2: expected a timestamp (ISO 8601, or seconds since 1970), got '26.10.2026 00:00' (format the column as",
  ],
  ['bytes', 'PK\u0003\u0004\0\0', 'x.csv must be UTF-8 text, got other bytes: save it as CSV in UTF-8'],
  [
    'control characters',
    'timestamp,value\n2026-11-01,\u001b[2J',
    "x.csv, line 2: expected a number as value, got '\uFFFD[2J'",
  ],
  [
    'a truncated answer',
    '{"MetricDataResults":[',
    "x.csv: expected CSV or the JSON of CloudWatch, got JSON that can't be read",
  ],
  ['other JSON', '{"Metrics":[]}', 'x.csv: expected MetricDataResults'],
])('names file, line and what was there: %s', (_, text, message) => {
  expect(() => readExport(text, 'x.csv')).toThrow(message);
});

test('levels of a coarser step keep their height when they are spread as counts', () => {
  expect(levelsAsCounts([{ at: 0, value: 7 }], 5)).toEqual([{ at: 0, value: 35 }]);
});

test('counts days from the first to the last, in any order', () => {
  expect(
    daysOf([
      { at: 864e5 * 3, value: 1 },
      { at: 0, value: 1 },
    ]),
  ).toBe(3);
  expect(daysOf([])).toBe(0);
  // A line that couldn't be read has no date.
  const undated = { at: Number.NaN, value: 1 };
  expect(daysOf([undated, { at: 0, value: 1 }, undated, { at: 864e5, value: 1 }])).toBe(1);
  expect(daysOf([undated])).toBe(0);
});
