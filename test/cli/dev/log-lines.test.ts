import { LogLines } from '../../../cli/dev/logs/log-line';
import { entryToSources, toSources } from '../../../cli/dev/logs/source-positions';
import { UncachedAnswers } from '../../../cli/dev/logs/uncached';

test('a line of the terminal has time, module, level and fields; names are aligned', () => {
  const lines = new LogLines(false);
  const entry = { kind: 'log', time: new Date(2026, 0, 1, 8, 5, 3).getTime(), functionName: 'f' } as const;
  const fields = { ms: 7, requestId: 'r', items: ['a'] };
  expect(lines.entry({ ...entry, module: 'Search', level: 'error', message: 'slow', fields })).toBe(
    '08:05:03 Search  ERROR slow ms=7 items=["a"]',
  );
  expect(lines.entry({ ...entry, module: 'Pay', message: 'paid' })).toBe('08:05:03 Pay     paid');
  expect(new LogLines(true).entry({ ...entry, module: 'Pay', message: 'paid' })).toContain('\u001b[');
});

test('each frame of a stack trace is on a line of its own, after the other fields', () => {
  const entry = { kind: 'log', time: new Date(2026, 0, 1, 8, 5, 3).getTime(), functionName: 'f' } as const;
  const fields = { stack: ['at a (x.ts:1:2)', 'at b (y.ts:3:4)'], status: 500 };
  expect(new LogLines(false).entry({ ...entry, module: 'Pay', level: 'error', message: '', fields })).toBe(
    '08:05:03 Pay  ERROR status=500\n    at a (x.ts:1:2)\n    at b (y.ts:3:4)',
  );
});

test('a cached path whose answers forbid the cache is named once', () => {
  const request = { kind: 'request', time: 0, entrance: 'Edge', method: 'GET', status: 200, ms: 1 } as const;
  const answers = new UncachedAnswers();
  expect(answers.lineOf({ ...request, path: '/tools', behavior: '/tools' })).toBeUndefined();
  const refused = { ...request, path: '/tools', behavior: '/tools', uncached: 'no-store' };
  expect(answers.lineOf({ ...refused, uncached: 'no-cache' })).toBeUndefined();
  expect(answers.lineOf(refused)).toContain(
    "/tools: the edge may cache this path, but the answer has 'cache-control: no-store'",
  );
  expect(answers.lineOf(refused)).toBeUndefined();
});

describe('positions in sources', () => {
  // One mapping: line 1, column 1 of the output is line 3, column 5 of src/a.ts.
  const json = JSON.stringify({ version: 3, sources: ['../src/a.ts'], names: [], mappings: 'AAEI' });
  const frame = (place: string) => `    at handler (${place})`;

  test('come from the source map', async () => {
    const text = frame('file:///c/run-1/tmp/ministack-lambda-Shop-F-x_1/code/index.mjs:1:1');
    const sourceOf = async (file: string) => (file === 'index.mjs' ? { json, directory: '/app/out' } : undefined);
    expect(await toSources(text, sourceOf, '/app')).toBe(frame('src/a.ts:3:5'));
  });

  test('are replaced in the fields of a line of JSON too', async () => {
    const place = 'file:///c/run-1/tmp/ministack-lambda-Shop-F-x_1/code/index.mjs:1:1';
    const fields = { event: 'request', ms: 3, stack: [`at handle (${place})`, 'at node:internal/x:1:2'] };
    const entry = { kind: 'log', time: 0, module: 'Pay', functionName: 'f', message: '', fields } as const;
    const sourceOf = async () => ({ json, directory: '/app/out' });
    expect(await entryToSources(entry, sourceOf, '/app')).toEqual({
      ...entry,
      fields: { ...fields, stack: ['at handle (src/a.ts:3:5)', 'at node:internal/x:1:2'] },
    });
  });

  test('of a folder that is deployed as it is have its path', async () => {
    const text = '  File "/c/tmp/ministack-lambda-F-x/code/lib/main.py", line 2, in handler';
    const sourceOf = async (file: string) => ({ path: `/app/py/${file}` });
    expect(await toSources(text, sourceOf, '/app')).toBe('  File "py/lib/main.py", line 2, in handler');
  });

  test('that nobody knows stay as they are', async () => {
    const text = frame('/c/tmp/ministack-lambda-F-x/code/index.mjs:1:1');
    expect(await toSources(text, async () => undefined, '/app')).toBe(text);
  });
});
