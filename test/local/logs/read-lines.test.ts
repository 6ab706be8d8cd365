import { type LoggedEvent, readLines } from '../../../local/logs/read-lines';

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
  expect(entry).toEqual({ time: 1_000, level: 'warn', message: 'slow', fields: { ms: 7 } });
  expect(readLines(events('a', '{not json'), new Map())[0]).toMatchObject({ message: '{not json' });
});

test.each([
  ['this library', { level: 'INFO', message: 'request', status: 201 }, 'request', { status: 201 }],
  ['Powertools', { level: 'WARN', message: 'late', service: 'x' }, 'late', { service: 'x' }],
  ['Lambda’s JSON format', { level: 'ERROR', message: { code: 7 } }, '{"code":7}', {}],
  ['another logger', { level: 'info', msg: 'hi' }, 'hi', {}],
])('lines of JSON as %s writes them keep the time at which they were written', (_, line, message, fields) => {
  const text = JSON.stringify({ timestamp: '2026-01-01T00:00:00Z', ...line });
  const [event] = readLines(events('a', text), new Map());
  expect(event).toEqual({ time: Date.UTC(2026, 0, 1), message, fields, level: line.level.toLowerCase() });
});
