import { absentLines, failureLine, lastLine, refusalLines, splitRows } from '../../shop/summary';

const refusals = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    invoice: '7',
    record: i,
    line: i + 1,
    field: 'quantity',
    reason: 'quantity 0 must be more',
  }));

test('each refused line has a line of its own, up to fifty', () => {
  expect(refusalLines(refusals(1))).toEqual(['invoice 7, line 1: quantity 0 must be more']);
  expect(refusalLines(refusals(50))).toHaveLength(50);
  expect(refusalLines(refusals(53)).slice(50)).toEqual(['and 3 more']);
});

test('an invoice that failed says so', () => {
  expect(failureLine({ invoice: '7', reason: '500 no' })).toBe('FAILED: invoice 7: 500 no');
});

test('only checks without a finding leave the table; differences remain in it', () => {
  const row = (what: string, expected: string, got: string) => ({ what, expected, got, ok: expected === got });
  const rows = [row('sales', '3', '3'), row('lost', 'none', 'none'), row('twice', '0', '0'), row('late', 'none', 'A')];
  const { counted, absent } = splitRows(rows);
  expect(counted.map(({ what }) => what)).toEqual(['sales', 'late']);
  expect(absentLines(absent)).toEqual(['2 kinds of faults checked, none found: lost; twice.']);
  expect(absentLines([])).toEqual([]);
});

test('a long list is broken between words, and nothing of it is lost', () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ what: `fault ${i}`, expected: '0', got: '0', ok: true }));
  const lines = absentLines(rows);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  expect(lines.map((line) => line.trim()).join(' ')).toContain('fault 0; fault 1;');
  expect(lines.at(-1)).toContain('fault 39.');
});

test('the last line shows the duration of the installation apart from the run', () => {
  expect(lastLine(true, 32_700, 18_000)).toBe('Everything reconciles; 32.7 s, after an install of 18.0 s (npm ci).');
  expect(lastLine(false, 5_000)).toBe('It does NOT reconcile; 5.0 s in total.');
});
