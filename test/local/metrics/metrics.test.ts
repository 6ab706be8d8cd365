import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { metrics } from '../../../lambdas/runtime';
import { measuredLine } from '../../../lambdas/system/tick/telemetry';
import { QUARANTINE_METRICS } from '../../../lib/protocol';
import type { MetricPoint } from '../../../local/alarms';
import { readLines } from '../../../local/logs/read-lines';
import {
  edgeMetrics,
  embeddedMetrics,
  FunctionDimensions,
  FunctionLog,
  MeasuredOrigins,
  queueMetrics,
} from '../../../local/metrics';
import type { EdgeRequest, EdgeResponse, OriginModel } from '../../../testing';

const ALIAS = 'arn:aws:lambda:us-east-1:000000000000:function:Pay:live';
const functions = new FunctionDimensions([{ logicalId: 'L', physicalId: ALIAS, type: 'AWS::Lambda::Alias' }]);
const shown = (points: readonly MetricPoint[]): string[] =>
  points.map(({ metricName, dimensions, value }) => `${metricName} ${Object.values(dimensions).join(' ')} = ${value}`);

describe('the emulator log', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'log-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('tells runs and errors of queue functions, once, for the function and its alias', () => {
    const file = path.join(folder, 'queue.log');
    writeFileSync(
      file,
      'INFO ESM: Lambda Pay processed 3 SQS messages from Queue\nWARNING ESM: Lambda Pay failed proc',
    );
    const log = new FunctionLog(file, functions);
    expect(shown(log.read(0))).toEqual([
      'Invocations Pay = 1',
      'Invocations Pay Pay:live = 1',
      'Errors Pay = 0',
      'Errors Pay Pay:live = 0',
    ]);
    appendFileSync(file, 'essing SQS batch from Queue (errorType=X errorMessage=Y)\nsome output\n');
    expect(shown(log.read(1)).slice(2)).toEqual(['Errors Pay = 1', 'Errors Pay Pay:live = 1']);
    expect(log.read(2)).toEqual([]);
  });

  test('tells how long a stream has been failing', () => {
    const file = path.join(folder, 'stream.log');
    const failed = 'ESM: Lambda Relay failed processing DynamoDB stream batch from T (errorType=X errorMessage=Y)\n';
    const age = (log: FunctionLog, now: number) =>
      shown(log.read(now)).filter((line) => line.startsWith('IteratorAge'));
    writeFileSync(file, failed);
    const log = new FunctionLog(file, functions);
    expect(age(log, 1_000)).toEqual(['IteratorAge Relay = 0']);
    appendFileSync(file, failed);
    expect(age(log, 61_000)).toEqual(['IteratorAge Relay = 60000']);
    appendFileSync(file, 'ESM: Lambda Relay processed 2 DynamoDB stream records from T\n');
    expect(age(log, 62_000)).toEqual(['IteratorAge Relay = 0']);
  });
});

describe('queues', () => {
  test('waiting messages, messages in flight, and the age of the oldest of both', () => {
    const message = (SentTimestamp: number, IsVisible: boolean) => ({ SentTimestamp, IsVisible, VisibleAt: 0 });
    const queues = [
      { url: 'https://host/000000000000/Pay', messages: [message(90, true), message(40, false)] },
      { url: 'https://host/000000000000/Mail', messages: [] },
    ];
    expect(shown(queueMetrics(queues, 100_000))).toEqual([
      'ApproximateNumberOfMessagesVisible Pay = 1',
      'ApproximateNumberOfMessagesNotVisible Pay = 1',
      'ApproximateAgeOfOldestMessage Pay = 60',
      'ApproximateNumberOfMessagesVisible Mail = 0',
      'ApproximateNumberOfMessagesNotVisible Mail = 0',
      'ApproximateAgeOfOldestMessage Mail = 0',
    ]);
  });
});

describe('requests', () => {
  const origin = { target: { kind: 'function-url', functionArn: ALIAS } } as OriginModel;
  const request = {} as EdgeRequest;
  async function measure(answer: Partial<EdgeResponse> | Error, target = origin): Promise<string[]> {
    const taken: MetricPoint[] = [];
    const send = () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as EdgeResponse));
    const origins = new MeasuredOrigins({ send }, functions, (points) => taken.push(...points), { now: () => 5 });
    await origins.send(target, request).catch(() => undefined);
    return shown(taken).filter((line) => !line.includes(':live') && !line.endsWith('= 0'));
  }

  test.each([
    [{ status: 200, headers: {} }, ['UrlRequestCount Pay = 1']],
    [{ status: 404, headers: {} }, ['UrlRequestCount Pay = 1', 'Url4xxCount Pay = 1']],
    [{ status: 500, headers: {} }, ['UrlRequestCount Pay = 1', 'Url5xxCount Pay = 1']],
    [{ status: 429, headers: {} }, ['UrlRequestCount Pay = 1', 'Url4xxCount Pay = 1']],
    [
      { status: 429, headers: { 'x-amzn-errortype': 'TooManyRequestsException' } },
      ['UrlRequestCount Pay = 1', 'Url4xxCount Pay = 1', 'Throttles Pay = 1'],
    ],
    [new Error('too late'), ['UrlRequestCount Pay = 1', 'Url5xxCount Pay = 1']],
  ])('of a function URL: %j', async (answer, expected) => {
    expect(await measure(answer)).toEqual(expected);
  });

  test('to a bucket are not measured', async () => {
    expect(await measure({ status: 500, headers: {} }, { target: { kind: 'bucket' } } as OriginModel)).toEqual([]);
  });

  test('a distribution counts answers, and errors as a percentage', () => {
    expect(shown(edgeMetrics('E1', { status: 503 }, 0))).toEqual([
      'Requests E1 Global = 1',
      '4xxErrorRate E1 Global = 0',
      '5xxErrorRate E1 Global = 100',
    ]);
  });
});

describe('log lines in the embedded metric format', () => {
  test('that the runtime writes have their metrics, with dimensions and units', () => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    metrics('Shop', { dimensions: { partner: 'acme' } }).add('PartnerTime', 12.5, 'Milliseconds');
    const message = String(write.mock.calls[0]![0]);
    write.mockRestore();
    const [line] = readLines([{ timestamp: 1, message, logStreamName: 's' }], new Map());
    expect(line).toMatchObject({ message: 'metrics', level: 'info' });
    expect(embeddedMetrics(line!)).toEqual([
      {
        namespace: 'Shop',
        metricName: 'PartnerTime',
        dimensions: { service: expect.any(String), partner: 'acme' },
        timestamp: expect.any(Number),
        value: 12.5,
        unit: 'Milliseconds',
      },
    ]);
  });

  const line = (directive: unknown, more: object = {}) => ({
    time: 7,
    fields: { _aws: { CloudWatchMetrics: [directive] }, Stack: 's', Target: 't', Size: [1, 2], ...more },
  });

  test('that the tick writes have the metrics of the quarantine, for alarms of the stack and of the target', () => {
    const { timestamp: _, ...fields } = measuredLine('Shop', 'Mail', 7, { held: 2 }, { message: 'held' });
    expect(embeddedMetrics({ time: 1, fields })).toEqual(
      [{ Stack: 'Shop' }, { Stack: 'Shop', Target: 'Mail' }].map((dimensions) => ({
        namespace: QUARANTINE_METRICS.namespace,
        metricName: QUARANTINE_METRICS.held,
        dimensions,
        timestamp: 7,
        value: 2,
        unit: 'Count',
      })),
    );
  });

  test('have each value for each set of dimensions', () => {
    const directive = { Namespace: 'N', Dimensions: [['Stack'], ['Stack', 'Target']], Metrics: [{ Name: 'Size' }] };
    expect(shown(embeddedMetrics(line(directive)))).toEqual([
      'Size s = 1',
      'Size s = 2',
      'Size s t = 1',
      'Size s t = 2',
    ]);
  });

  test.each([
    ['no metrics', { time: 7, fields: { level: 'INFO' } }],
    ['no fields', { time: 7 }],
    ['a directive of another type', line('N')],
    ['no namespace', line({ Dimensions: [['Stack']], Metrics: [{ Name: 'Size' }] })],
    ['a text as value', line({ Namespace: 'N', Dimensions: [[]], Metrics: [{ Name: 'Stack' }] })],
  ])('with %s have none', (_, wrong) => {
    expect(embeddedMetrics(wrong)).toEqual([]);
  });
});
