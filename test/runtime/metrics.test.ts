import { AsyncResource } from 'node:async_hooks';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { json, metrics, routes, UsageError, worker } from '../../lambdas/runtime';
import { EMBEDDED_METRICS } from '../../lib/limits';
import { packRoutes } from '../../lib/protocol';

type Line = Record<string, unknown>;

const CONTEXT = { awsRequestId: 'lambda-1', getRemainingTimeInMillis: () => 9_000 };
const before = { ...process.env };

async function linesOf(run: () => unknown): Promise<Line[]> {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await run();
    return write.mock.calls.map(([text]) => JSON.parse(String(text)));
  } finally {
    write.mockRestore();
  }
}

/** Runs the code for each message of one batch. @returns lines with metrics */
async function batch(handle: (n: number) => unknown, size = 1): Promise<Line[]> {
  const handler = worker(
    async ({ body }) => void (await handle(body as number)),
    {},
    { environment: { BREAKWATER_NAME: 'Payments' } },
  );
  const record = (n: number) => ({
    messageId: `m${n}`,
    receiptHandle: `m${n}`,
    body: JSON.stringify({ id: `i${n}`, to: 'Payments', time: '2020-11-30T12:00:00Z', body: n }),
    eventSourceARN: 'arn:aws:sqs:us-east-1:1:Q',
    attributes: { ApproximateReceiveCount: '1', SenderId: 'relay' },
  });
  const lines = await linesOf(() => handler({ Records: Array.from({ length: size }, (_, n) => record(n)) }, CONTEXT));
  return lines.filter((line) => '_aws' in line);
}

/** The metrics that CloudWatch would extract: name, unit, values and dimensions, by the format's rules. */
function extracted(line: Line) {
  const { CloudWatchMetrics, Timestamp } = line['_aws'] as {
    Timestamp: number;
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
  };
  expect(Timestamp).toBeGreaterThan(Date.parse('2026-01-01'));
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Metrics.map(({ Name, Unit }) => ({
      metric: `${Namespace} ${Name} ${Unit}`,
      values: [line[Name]].flat(),
      dimensions: Dimensions.map((set) => Object.fromEntries(set.map((name) => [name, line[name]]))),
    })),
  );
}

afterEach(() => {
  process.env = { ...before };
});

test('a batch writes one line with the values of all its messages', async () => {
  const shop = metrics('Shop', { dimensions: { partner: 'acme' } });
  const lines = await batch((n) => {
    shop.count('Charged');
    shop.add('PartnerTime', 10 + n, 'Milliseconds');
  }, 3);
  expect(lines).toHaveLength(1);
  const dimensions = [{ service: 'Payments', partner: 'acme' }];
  expect(extracted(lines[0]!)).toEqual([
    { metric: 'Shop Charged Count', values: [1, 1, 1], dimensions },
    { metric: 'Shop PartnerTime Milliseconds', values: [10, 11, 12], dimensions },
  ]);
  expect(lines[0]).toMatchObject({ level: 'INFO', message: 'metrics', function_request_id: 'lambda-1' });
});

test('a request writes its line before it is answered, and the next request starts anew', async () => {
  const shop = metrics('Shop');
  const environment = {
    BREAKWATER_ROUTES: packRoutes([{ method: 'GET', path: '/orders', access: ['anyone'] }]),
    BREAKWATER_NAME: 'Orders',
  };
  const handler = routes(
    {
      'GET /orders': () => {
        shop.count('Read', 2);
        throw new Error('even if it fails');
      },
    },
    { environment },
  );
  const event = { rawPath: '/orders', headers: {}, requestContext: { requestId: 'r', http: { method: 'GET' } } };
  const lines = await linesOf(async () => {
    await handler(event, CONTEXT);
    await handler(event, CONTEXT);
    expect(json(200, {}).status).toBe(200);
  });
  const found = lines.filter((line) => '_aws' in line).map((line) => extracted(line));
  const read = { metric: 'Shop Read Count', values: [2], dimensions: [{ service: 'Orders' }] };
  expect(found).toEqual([[read], [read]]);
});

test('a handler without metrics writes no line of them', async () => {
  metrics('Shop');
  expect(await batch(() => undefined)).toEqual([]);
});

test.each([
  [undefined, 'INFO'],
  ['TRACE', 'INFO'],
  ['INFO', 'INFO'],
  ['WARN', 'WARN'],
  ['ERROR', 'ERROR'],
  ['FATAL', 'FATAL'],
])('with the log level %s, the line has a level that is not dropped', async (level, expected) => {
  if (level !== undefined) process.env['AWS_LAMBDA_LOG_LEVEL'] = level;
  const [line] = await linesOf(() =>
    jest.isolateModulesAsync(async () => (await import('../../lambdas/runtime')).metrics('Shop').count('Charged')),
  );
  expect(line).toMatchObject({ level: expected, Charged: 1 });
});

test('outside of a run, each value is a line of its own', async () => {
  process.env['BREAKWATER_NAME'] = 'Nightly';
  const lines = await linesOf(() => {
    metrics('Shop').count('Exported');
    metrics('Shop').count('Exported', 2);
  });
  expect(lines.map((line) => extracted(line)[0])).toEqual([
    { metric: 'Shop Exported Count', values: [1], dimensions: [{ service: 'Nightly' }] },
    { metric: 'Shop Exported Count', values: [2], dimensions: [{ service: 'Nightly' }] },
  ]);
});

test('a value after the end of its batch is not lost', async () => {
  const shop = metrics('Shop');
  let late = (): void => undefined;
  await batch(() => {
    late = AsyncResource.bind(() => shop.count('Late'));
  });
  const lines = await linesOf(late);
  expect(lines).toMatchObject([{ Late: 1, function_request_id: 'lambda-1' }]);
});

test('more metrics or values than a line holds are written in several', async () => {
  const { MAX_METRICS, MAX_VALUES } = EMBEDDED_METRICS;
  const shop = metrics('Shop');
  const names = await batch(() => {
    for (let i = 0; i < MAX_METRICS + 1; i++) shop.count(`Metric${i}`);
  });
  expect(names.map((line) => extracted(line).length)).toEqual([MAX_METRICS, 1]);
  const values = await batch(() => {
    for (let i = 0; i < MAX_VALUES + 1; i++) shop.count('Same', i);
  });
  expect(values.map((line) => extracted(line)[0]!.values.length)).toEqual([MAX_VALUES, 1]);
});

const long = (length: number) => 'x'.repeat(length);
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i}`, 'v']));

test.each<[string, () => void, string]>([
  ['an empty namespace', () => metrics(''), 'a namespace must have 1 to 255 characters'],
  ['a namespace with a space', () => metrics('My Shop'), 'got "My Shop"'],
  ['a namespace of AWS', () => metrics('AWS/Lambda'), "must not begin with 'AWS/'"],
  ['a long namespace', () => metrics(long(256)), 'got 256 characters'],
  ['30 dimensions beside service', () => metrics('S', { dimensions: many(30) }), 'at most 29 dimensions beside'],
  ['a long dimension', () => metrics('S', { dimensions: { [long(251)]: 'v' } }), 'must have 1 to 250 printable'],
  ['an empty value', () => metrics('S', { dimensions: { d: '' } }), `the dimension 'd' must have 1 to 1024`],
  ['an emoji', () => metrics('S', { dimensions: { d: '⛵' } }), `the dimension 'd' must have 1 to 1024`],
  [
    'the dimension service',
    () => metrics('S', { dimensions: { service: 'v' } }),
    `so a dimension must have another name`,
  ],
  ['a metric without a name', () => metrics('S').count(''), `a metric's name must have 1 to 255`],
  ['a long metric', () => metrics('S').count(long(256)), 'got 256 characters'],
  ['a colon', () => metrics('S').count(':x'), 'not begin with a colon'],
  ['the metric level', () => metrics('S').count('level'), `'level' is a field of each log line`],
  ['a dimension as metric', () => metrics('S', { dimensions: { d: 'v' } }).count('d'), `'d' is a dimension`],
  ['a wrong unit', () => metrics('S').add('x', 1, 'ms' as 'Milliseconds'), `must be one of Seconds, `],
])('%s is refused', (_, run, text) => {
  expect(run).toThrow(UsageError);
  expect(run).toThrow(text);
});

test('all that the limits allow is accepted', async () => {
  const dimensions = { ...many(28), [long(250)]: long(1_024) };
  const [line] = await batch(() => metrics(long(255), { dimensions }).count(long(255)));
  expect(Object.keys(extracted(line!)[0]!.dimensions[0]!)).toHaveLength(30);
});

test('a metric keeps its unit within a run', async () => {
  const shop = metrics('Shop');
  let error: unknown;
  await batch(() => {
    shop.add('Size', 1, 'Bytes');
    try {
      shop.add('Size', 1, 'Kilobytes');
    } catch (thrown) {
      error = thrown;
    }
  });
  expect(error).toMatchObject({ message: "metrics: 'Size' must keep its unit 'Bytes', got 'Kilobytes'" });
});

test.each([NaN, Infinity, '5' as unknown as number])(
  'the value %p fails no handler: it is logged and left out',
  async (value) => {
    const shop = metrics('Shop');
    const lines = await linesOf(() => shop.add('Total', value, 'None'));
    expect(lines).toMatchObject([{ level: 'WARN', message: 'metric left out', metric: 'Total' }]);
  },
);

describe('a bundle', () => {
  const bundleOf = async (handler: string): Promise<string> => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import { worker, metrics } from './index'; ${handler}`,
        resolveDir: resolve('lambdas/runtime'),
      },
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      packages: 'external',
    });
    return outputFiles[0]!.text;
  };
  const CODE = /CloudWatchMetrics|Terabits|a namespace must have/;

  test('of a handler without metrics has no code of metrics', async () => {
    expect(await bundleOf('export const handler = worker(() => undefined);')).not.toMatch(CODE);
  });

  test('of a handler with metrics has it', async () => {
    const text = await bundleOf("const m = metrics('S'); export const handler = worker(() => m.count('x'));");
    expect(text).toMatch(CODE);
  });
});
