import { json, logger, routes, worker } from '../../lambdas/runtime';
import { packRoutes } from '../../lib/protocol';

const ROOT = '1-5759e988-bd862e3fe1be46a994272793';
const TRACE = { traceparent: '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01' };
const CONTEXT = { awsRequestId: 'lambda-1', getRemainingTimeInMillis: () => 9_000 };
const before = { ...process.env };

/** Lines that the code writes to standard output. */
async function linesOf(run: () => unknown): Promise<Record<string, unknown>[]> {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await run();
    return write.mock.calls.map(([text]) => JSON.parse(String(text)));
  } finally {
    write.mockRestore();
  }
}

afterEach(() => {
  process.env = { ...before };
});

const environment = {
  BREAKWATER_ROUTES: packRoutes([{ method: 'GET', path: '/orders', access: ['anyone'] }]),
  BREAKWATER_NAME: 'Orders',
  _X_AMZN_TRACE_ID: `Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=1`,
};
const EVENT = {
  rawPath: '/orders',
  headers: { traceparent: '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01' },
  requestContext: { requestId: 'request-1', http: { method: 'GET' } },
};
const get = (handle: () => void) =>
  routes(
    {
      'GET /orders': () => {
        handle();
        return json(200, {});
      },
    },
    { environment },
  )(EVENT, CONTEXT);

const message = (id: string, more: object = {}) => ({
  messageId: `sqs-${id}`,
  receiptHandle: id,
  body: JSON.stringify({ id, to: 'Mail', time: '2020-11-30T12:00:00Z', body: 1, ...more }),
  eventSourceARN: 'arn:aws:sqs:us-east-1:1:Q',
  attributes: { ApproximateReceiveCount: '1', SenderId: 'relay' },
});

const STANDARD = {
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  level: 'INFO',
  service: 'Orders',
  cold_start: expect.any(Boolean),
  function_request_id: 'lambda-1',
  xray_trace_id: ROOT,
  correlation_id: 'request-1',
};

test("a line of a handler has the fields of its request, and so has the request's own line", async () => {
  const lines = await linesOf(() => get(() => logger.info('order placed', { orderId: 'o-1' })));
  expect(lines).toEqual([
    { ...STANDARD, message: 'order placed', orderId: 'o-1' },
    expect.objectContaining({ ...STANDARD, message: 'request', route: 'GET /orders', status: 200 }),
  ]);
});

test('the trace of a client is named beside the own one, and nothing else of the header', async () => {
  const [line] = await linesOf(() => get(() => undefined));
  expect(line).toMatchObject({ xray_trace_id: ROOT, client_trace_id: 'a'.repeat(32) });
  expect(JSON.stringify(line)).not.toContain('bbbb');
});

test('a line about a message has the fields of the chain and of the run, each message its own', async () => {
  const handler = worker(
    async ({ id }) => {
      await new Promise((resolve) => setTimeout(resolve, id === 'a' ? 5 : 1));
      logger.warn('slow', { id });
    },
    {},
    { environment: { BREAKWATER_NAME: 'Mail' } },
  );
  const records = [message('a', { correlationId: 'r-a', trace: TRACE }), message('b', { correlationId: 'r-b' })];
  const lines = await linesOf(() => handler({ Records: records }, CONTEXT));
  const run = { service: 'Mail', function_request_id: 'lambda-1' };
  const a = { ...run, correlation_id: 'r-a', origin_xray_trace_id: ROOT, messageId: 'sqs-a', id: 'a' };
  const b = { ...run, correlation_id: 'r-b', messageId: 'sqs-b', id: 'b' };
  expect(lines).toEqual([
    expect.objectContaining({ ...b, message: 'slow', level: 'WARN' }),
    expect.objectContaining({ ...b, message: 'message', outcome: 'done' }),
    expect.objectContaining({ ...a, message: 'slow' }),
    expect.objectContaining({ ...a, message: 'message', outcome: 'done' }),
  ]);
  expect(lines[0]).not.toHaveProperty('origin_xray_trace_id');
});

test('only the first run of a process is a cold start', async () => {
  const started = await linesOf(() =>
    jest.isolateModulesAsync(async () => {
      const fresh = await import('../../lambdas/runtime');
      const handler = fresh.worker(() => undefined, {}, { environment: {} });
      for (const id of ['a', 'b']) await handler({ Records: [message(id)] }, CONTEXT);
    }),
  );
  expect(started.map(({ cold_start }) => cold_start)).toEqual([true, false]);
});

test('no field replaces a standard field', async () => {
  const forged = { level: 'DEBUG', timestamp: 'never', message: 'forged', correlation_id: 'x', service: 'x' };
  const [line] = await linesOf(() => get(() => logger.info('true', { ...forged, function_request_id: 'x' })));
  expect(line).toEqual({ ...STANDARD, message: 'true' });
});

test('an error is written by name and position, without its message', async () => {
  const error = Object.assign(new SyntaxError('anna@example.com'), { code: 'E_1' });
  const [line] = await linesOf(() => get(() => logger.error('no answer', { error, partner: 'p' })));
  expect(line).toMatchObject({ level: 'ERROR', reason: 'SyntaxError', errorCode: 'E_1', partner: 'p' });
  expect(line!['stack']).toEqual(expect.arrayContaining([expect.stringContaining('logger.test')]));
  expect(JSON.stringify(line)).not.toContain('anna');
});

test.each([
  [undefined, ['INFO', 'WARN', 'ERROR']],
  ['TRACE', ['DEBUG', 'INFO', 'WARN', 'ERROR']],
  ['debug', ['DEBUG', 'INFO', 'WARN', 'ERROR']],
  ['WARN', ['WARN', 'ERROR']],
  ['FATAL', []],
])('with the log level %s, the lines of %j are written', async (level, written) => {
  if (level !== undefined) process.env['AWS_LAMBDA_LOG_LEVEL'] = level;
  const lines = await linesOf(() =>
    jest.isolateModulesAsync(async () => {
      const fresh = await import('../../lambdas/runtime');
      for (const name of ['debug', 'info', 'warn', 'error'] as const) fresh.logger[name](name);
    }),
  );
  expect(lines.map((line) => line['level'])).toEqual(written);
});

test('a line is written without the fields that JSON has no form for', async () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  const [line] = await linesOf(() => logger.info('circle', { circle, big: 2n ** 60n, orderId: 'o-1' }));
  expect(line).toMatchObject({ message: 'circle', level: 'INFO', orderId: 'o-1', reason: expect.any(String) });
});

test('a test that gives its own log gets the lines of its handler', async () => {
  const lines: unknown[] = [];
  const log = (level: string, text: string, fields: object) => void lines.push({ level, text, ...fields });
  const handler = worker(() => logger.info('mine'), {}, { log, environment: { BREAKWATER_NAME: 'Mail' } });
  await handler({ Records: [message('a')] }, CONTEXT);
  expect(lines[0]).toMatchObject({ level: 'INFO', text: 'mine', service: 'Mail', messageId: 'sqs-a' });
});

test('a message that is not run because an earlier one of its group failed has its chain in its line', async () => {
  const handler = worker(() => Promise.reject(new Error('down')), {}, { environment: {} });
  const group = (id: string, more: object) => ({
    ...message(id, more),
    eventSourceARN: 'arn:aws:sqs:us-east-1:1:Q.fifo',
    attributes: { ApproximateReceiveCount: '1', SenderId: 'relay', MessageGroupId: 'g' },
  });
  const records = [
    group('a', {}),
    group('b', { correlationId: 'r-b', trace: TRACE }),
    { ...group('c', {}), body: 'x' },
  ];
  const lines = await linesOf(() => handler({ Records: records }, CONTEXT));
  const behind = { message: 'message', outcome: 'behind a failure', function_request_id: 'lambda-1' };
  expect(lines.slice(1)).toEqual([
    expect.objectContaining({ ...behind, id: 'b', correlation_id: 'r-b', origin_xray_trace_id: ROOT }),
    expect.objectContaining({ ...behind, messageId: 'sqs-c' }),
  ]);
});
