import { parseSchedule } from '../../../local/scaling/schedule-expression';

const at = (expression: string, zone?: string) => {
  const schedule = parseSchedule(expression, zone);
  return schedule.kind === 'at' ? new Date(schedule.at).toISOString() : schedule.kind;
};

test.each([
  ['at(2026-11-24T09:30:00)', undefined, '2026-11-24T09:30:00.000Z'],
  ['at(2028-02-29T00:00:59)', 'UTC', '2028-02-29T00:00:59.000Z'],
  ['at(2026-07-01T09:00:00)', 'Europe/Berlin', '2026-07-01T07:00:00.000Z'],
  ['at(2026-12-01T09:00:00)', 'Europe/Berlin', '2026-12-01T08:00:00.000Z'],
  ['at(2026-12-01T00:30:00)', 'Asia/Kolkata', '2026-11-30T19:00:00.000Z'],
  // The hours around a change of the clocks.
  ['at(2026-03-29T01:59:00)', 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
  ['at(2026-03-29T03:00:00)', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
])('%s in %s is %s', (expression, zone, instant) => {
  expect(at(expression, zone)).toBe(instant);
});

test.each([
  ['rate(1 minute)', 'rate'],
  ['rate(5 minutes)', 'rate'],
  ['rate(12 hours)', 'rate'],
  ['cron(0 18 ? * MON-FRI *)', 'cron'],
])('%s is known', (expression, kind) => {
  expect(at(expression)).toBe(kind);
});

test.each([
  '',
  'at(2026-11-24T09:30)',
  'at(2026-11-24T09:30:00Z)',
  'at(2026-11-24 09:30:00)',
  'at(2026-02-30T09:30:00)',
  'at(2026-11-24T24:00:00)',
  'at(2026-11-24T09:60:00)',
  'AT(2026-11-24T09:30:00)',
  'rate(1 minutes)',
  'rate(2 minute)',
  'rate(0 minutes)',
  'rate(1 second)',
  'cron(0 18 * * *)',
  '0 18 ? * MON-FRI *',
])('fails for %p', (expression) => {
  expect(() => parseSchedule(expression)).toThrow(`Invalid schedule expression: ${expression}`);
});

test('fails for an unknown time zone', () => {
  expect(() => parseSchedule('at(2026-11-24T09:30:00)', 'Atlantis/Main')).toThrow('Invalid timezone: Atlantis/Main');
});
