import { isGood, markdownOf, type RunReport } from '../../../shop/deployed/report';

const REPORT: RunReport = {
  version: '0.1.0',
  stack: 'Shop',
  region: 'us-east-1',
  at: new Date('2026-11-30T12:00:00Z'),
  replay: { products: 3, sales: 2, refunds: 1, lines: 4, refused: [], failed: [] },
  rows: [{ what: 'sales stored', expected: '2', got: '2', ok: true }],
  checks: [{ name: 'no token', outcome: 'ok', detail: '401', ms: 120 }],
  cost: [{ item: 'edge requests', quantity: 1_234, usd: 0.0012 }],
  ms: 61_000,
};

test('says what was replayed, compared, checked and spent', () => {
  const text = markdownOf(REPORT);
  expect(text).toMatch(/^### Breakwater 0\.1\.0, stack Shop in us-east-1, 2026-11-30 12:00 UTC\n/);
  expect(text).toContain('**Good**, 61 s. 3 products, 2 sales and 1 refunds of 4 lines');
  expect(text).toContain('1 of 1 comparisons with the file agree.');
  expect(text).toContain('| no token | ok | 401 | 0.1 |');
  expect(text).toContain('less than $0.01');
  const dear = [{ item: 'edge requests', quantity: 1, usd: 0.126 }];
  expect(markdownOf({ ...REPORT, cost: dear })).toContain('about $0.13');
});

test.each([
  ['an invoice failed', { replay: { ...REPORT.replay, failed: [{ invoice: '1', reason: '500' }] } }],
  ['a comparison differs', { rows: [{ what: 'lines', expected: '4', got: '5', ok: false }] }],
  ['a check failed', { checks: [{ name: 'x', outcome: 'FAILED' as const, detail: '', ms: 1 }] }],
])('is not good where %s', (_, change) => {
  const report = { ...REPORT, ...change };
  expect(isGood(report)).toBe(false);
  expect(markdownOf(report)).toContain('**NOT good**');
});

test('a skipped check is no failure', () => {
  expect(isGood({ ...REPORT, checks: [{ name: 'x', outcome: 'skipped', detail: '', ms: 1 }] })).toBe(true);
});

test('names no account, ARN or address, and keeps its table whole', () => {
  const detail =
    'User: arn:aws:iam::123456789012:user/anna is not authorized for 123456789012\nat https://x.example/y | z';
  const text = markdownOf({ ...REPORT, checks: [{ name: 'x', outcome: 'FAILED', detail, ms: 1 }] });
  expect(text).not.toMatch(/123456789012|arn:aws|x\.example|anna/);
  expect(text).toMatch(/^\| x \| FAILED \| [^\n]*\\\| z \| 0\.0 \|$/m);
});
