import { LogLines } from '../../../cli/dev/logs/log-line';
import { type LoggedEvent, readLines } from '../../../cli/dev/logs/read-lines';
import { toSources } from '../../../cli/dev/logs/source-positions';

const events = (stream: string, ...messages: string[]): LoggedEvent[] =>
  messages.map((message) => ({ timestamp: 1_000, message, logStreamName: stream }));

test('lines of the platform are left out, and say which request the others belong to', () => {
  const requests = new Map<string, string>();
  const lines = events(
    'a',
    'START RequestId: r1 Version: 1',
    'hello',
    'END RequestId: r1',
    'REPORT RequestId: r1\tDuration: 3 ms',
  );
  expect(readLines(lines, requests)).toEqual([{ time: 1_000, requestId: 'r1', message: 'hello' }]);
  expect(requests.size).toBe(0);
});

test('a request that goes on in the next read keeps its id', () => {
  const requests = new Map<string, string>();
  readLines(events('a', 'START RequestId: r1 Version: 1'), requests);
  expect(readLines(events('a', 'later'), requests)).toEqual([{ time: 1_000, requestId: 'r1', message: 'later' }]);
});

test('a stack trace is one entry, without frames of Node and of the program around the handler', () => {
  const trace = [
    'TypeError: broken',
    '    at handler (/tmp/ministack-lambda-F-x1/code/index.mjs:1:5)',
    '    at Interface.<anonymous> (/tmp/ministack-lambda-F-x1/_worker.js:739:22)',
    '    at Interface.emit (node:events:514:28)',
    'next',
  ];
  expect(readLines(events('a', ...trace), new Map())).toEqual([
    { time: 1_000, level: 'error', message: `${trace[0]}\n${trace[1]}` },
    { time: 1_000, message: 'next' },
  ]);
});

test('lines of two streams are not joined', () => {
  const entries = readLines([...events('a', 'Error: x'), ...events('b', '  indented')], new Map());
  expect(entries.map(({ message }) => message)).toEqual(['Error: x', '  indented']);
});

test('JSON gives level, message and fields', () => {
  const [entry] = readLines(events('a', '{"level":"WARN","message":"slow","ms":7,"timestamp":"x"}'), new Map());
  expect(entry).toEqual({ time: 1_000, level: 'warn', message: 'slow', fields: { ms: 7, timestamp: 'x' } });
  expect(readLines(events('a', '{not json'), new Map())[0]).toMatchObject({ message: '{not json' });
});

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

describe('positions in sources', () => {
  // One mapping: line 1, column 1 of the output is line 3, column 5 of src/a.ts.
  const json = JSON.stringify({ version: 3, sources: ['../src/a.ts'], names: [], mappings: 'AAEI' });
  const frame = (place: string) => `    at handler (${place})`;

  test('come from the source map', () => {
    const text = frame('file:///c/run-1/tmp/ministack-lambda-Shop-F-x_1/code/index.mjs:1:1');
    const sourceOf = (file: string) => (file === 'index.mjs' ? { json, directory: '/app/out' } : undefined);
    expect(toSources(text, sourceOf, '/app')).toBe(frame('src/a.ts:3:5'));
  });

  test('of a folder that is deployed as it is have its path', () => {
    const text = '  File "/c/tmp/ministack-lambda-F-x/code/lib/main.py", line 2, in handler';
    const sourceOf = (file: string) => ({ path: `/app/py/${file}` });
    expect(toSources(text, sourceOf, '/app')).toBe('  File "py/lib/main.py", line 2, in handler');
  });

  test('that nobody knows stay as they are', () => {
    const text = frame('/c/tmp/ministack-lambda-F-x/code/index.mjs:1:1');
    expect(toSources(text, () => undefined, '/app')).toBe(text);
  });
});
