import { HELP, parseOptions } from '../../../cli/capacity/options';
import { ColdStartGoal } from '../../../lib/prediction/cold-start-goal';

const parse = (...args: string[]) => parseOptions(['load.csv', ...args])!;

test('the help has the defaults', () => {
  expect(parse()).toEqual({
    file: 'load.csv',
    out: '.breakwater/capacity/load',
    goal: { kind: 'price', price: 40 },
    lead: 5,
    memoryMb: 512,
    unit: 'concurrency',
    burst: 2,
    timeZone: 'UTC',
    holidays: [],
    min: 1,
    max: Number.POSITIVE_INFINITY,
    quota: 1000,
  });
});

test.each([
  ['1%', 0.01],
  ['0.01', 0.01],
  ['0.5 %', 0.005],
])('a limit can be written as %s', (text, cold) => {
  const { goal } = parse('--cold', text);
  expect(goal).toEqual({ kind: 'limit', cold: expect.closeTo(cold, 12) });
});

test('a duration and requests of an instance are two ways to say the same', () => {
  expect(parse('--unit', 'requests', '--duration-ms', '120').requestsPerUnit).toBeCloseTo(500);
  expect(parse('--unit', 'requests', '--requests-per-unit', '500').requestsPerUnit).toBe(500);
  expect(parse('--requests-per-day', '1e6', '--duration-ms', '120')).toMatchObject({
    requestsPerDay: 1e6,
    requestsPerUnit: 500,
  });
});

test('gaps have the meaning of the file’s kind, unless --gaps is given', () => {
  expect(parse()).not.toHaveProperty('gaps');
  expect(parse('--gaps', 'idle').gaps).toBe('idle');
  expect(parse('--gaps', 'unknown').gaps).toBe('unknown');
});

const accepted = (work: () => unknown) => {
  try {
    work();
    return true;
  } catch {
    return false;
  }
};

test.each([1, 1.99, 2, 2.5, 10_000, 10_000.5, 1e6])('a price of %d is taken where the construct takes it', (price) => {
  expect(accepted(() => parse('--price', String(price)))).toBe(accepted(() => ColdStartGoal.pricedAt(price)));
});

test.each([0.000099, 0.0001, 0.00011, 0.01, 0.5, 0.50001, 1])(
  'a limit of %d is taken where the construct takes it',
  (share) => {
    expect(accepted(() => parse('--cold', String(share)))).toBe(accepted(() => ColdStartGoal.atMost(share)));
    const percent = `${Number((share * 100).toPrecision(12))}%`;
    expect(accepted(() => parse('--cold', percent))).toBe(accepted(() => ColdStartGoal.atMost(share)));
  },
);

test('the help has bounds, the meaning of gaps, and that a report is overwritten', () => {
  for (const said of ['from 2 to 10,000', 'from 0.01% to 50%', '--gaps idle|unknown', 'overwritten'])
    expect(HELP).toContain(said);
});

test('holidays and a time zone are read', () => {
  const { holidays, timeZone } = parse('--holidays', '2026-12-25, 2027-01-01', '--time-zone', 'Europe/Berlin');
  expect({ holidays, timeZone }).toEqual({ holidays: ['2026-12-25', '2027-01-01'], timeZone: 'Europe/Berlin' });
});

test('--help needs no file', () => {
  expect(parseOptions(['--help'])).toBeUndefined();
});

test.each([
  ['no file', [], 'One FILE must be given, got none'],
  ['two files', ['a.csv', 'b.csv'], 'One FILE must be given, got 2'],
  ['an unknown option', ['a.csv', '--fast'], 'There is no option --fast; npx breakwater capacity --help lists them.'],
  ['an unknown letter', ['a.csv', '-x'], 'There is no option -x;'],
  ['an option without its value', ['a.csv', '--price'], '--price needs a value.'],
  ['an empty value', ['a.csv', '--out', ''], '--out needs a value.'],
  ['a negative price', ['a.csv', '--price', '-1'], '--price must be a number from 2 to 10000, got -1'],
  ['a cold share that could be 1 % or all', ['a.csv', '--cold', '1'], '--cold must be a share such as 1% or 0.01'],
  ['a price that provisions nothing', ['a.csv', '--price', '1'], '--price must be a number from 2 to 10000, got 1'],
  ['a cold share too small to learn', ['a.csv', '--cold', '0.005%'], 'from 0.01% to 50%, got 0.005%'],
  ['other gaps', ['a.csv', '--gaps', 'zero'], '--gaps must be idle or unknown, got zero'],
  ['a cold share that is no number', ['a.csv', '--cold', 'little'], 'got little'],
  ['two goals', ['a.csv', '--cold', '1%', '--price', '40'], 'give one of them'],
  ['half a minute of lead', ['a.csv', '--lead', '0.5'], '--lead must be a whole number from 1 to 60, got 0.5'],
  ['too much memory', ['a.csv', '--memory', '20000'], 'from 128 to 10240, got 20000'],
  ['requests without a duration', ['a.csv', '--unit', 'requests'], 'needs --duration-ms'],
  ['a duration without requests', ['a.csv', '--duration-ms', '5'], 'must be given together'],
  ['requests without their duration', ['a.csv', '--requests-per-day', '5'], 'must be given together'],
  [
    'requests twice',
    ['a.csv', '--unit', 'requests', '--duration-ms', '5', '--requests-per-day', '5'],
    'the file states the requests',
  ],
  ['another unit', ['a.csv', '--unit', 'users'], 'must be concurrency or requests, got users'],
  ['a maximum below the minimum', ['a.csv', '--min', '5', '--max', '2'], '--max must not be below --min, got 2 and 5'],
  ['an unknown time zone', ['a.csv', '--time-zone', 'Middle/Earth'], 'got Middle/Earth'],
  ['a date that does not exist', ['a.csv', '--holidays', '2026-02-30'], 'got 2026-02-30'],
  ['waiting without work', ['a.csv', '--wait-ms', '5'], '--wait-ms must be given together with --cpu-ms'],
  ['measurements and a model', ['a.csv', '--tuning', 't.csv', '--cpu-ms', '5'], 'give one of them'],
  ['a price that is no number', ['a.csv', '--price', 'much'], '--price must be a number from 2 to 10000, got much'],
])('refuses %s', (_, args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
