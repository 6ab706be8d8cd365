import { randomUUID } from 'node:crypto';
import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Connection, json, logger, routes, table, worker } from '../../lambdas/runtime';
import { addressed, type Sending } from '../../lambdas/system/relay/address';
import { readOutboxes } from '../../lambdas/system/relay/read-outboxes';
import { sqsSender } from '../../lambdas/system/relay/sqs-sender';
import { packRoutes, type StreamEntry, streamKey } from '../../lib/protocol';
import { DynamoStub } from './dynamodb-stub';

type Entries = NonNullable<ConstructorParameters<typeof SendMessageBatchCommand>[0]['Entries']>;

const HOPS = 40;
const SHARD = 'Orders-0';
const TARGETS: StreamEntry = {
  table: streamKey(SHARD),
  owner: 'Orders',
  targets: { Next: { url: 'https://next', fifo: false } },
};
const CONTEXT = { awsRequestId: 'lambda', getRemainingTimeInMillis: () => 9_000 };
const KEY = { customerId: 'c', orderId: 'o' };

let stub: DynamoStub;
let write: () => Promise<void>;

beforeEach(async () => {
  stub = await DynamoStub.start();
  stub.createSharded('Orders', { partitionKey: 'customerId', sortKey: 'orderId' }, 1);
  const connection = new Connection({ mapTable: 'map' }, { client: stub.client });
  write = () => table('Orders', { connection }).put(KEY, { outbox: [{ to: 'Next', body: 1 }] });
});
afterEach(() => stub.stop());

/** A header of a new trace, as Lambda sets it in a chain of functions. */
const newHeader = () =>
  `Root=1-5759e988-${randomUUID().replaceAll('-', '').slice(0, 24)};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0`;

/** Sends what is in the outbox by the relay's code. @returns the entry of the SQS call */
async function relayed(change: (text: string) => string = (text) => text): Promise<Entries[number]> {
  const [item] = stub.items(SHARD);
  const record = {
    eventSourceARN: `arn:aws:dynamodb:us-east-1:1:table/${SHARD}/stream/1`,
    dynamodb: { SequenceNumber: '1', NewImage: { _outbox: { S: change(String(item!['_outbox']!['S'])) } } },
  };
  const { found } = readOutboxes([record]);
  const sendings = found.map((message) => addressed(message, TARGETS) as Sending);
  const sent: Entries = [];
  const client = {
    send: async ({ input }: SendMessageBatchCommand) => {
      sent.push(...(input.Entries ?? []));
      return {};
    },
  };
  await sqsSender(client as unknown as SQSClient)('https://next', sendings);
  expect(sent).toHaveLength(1);
  return sent[0]!;
}

const deliver = (entry: Entries[number], log: (line: Record<string, unknown>) => void, hop: number) =>
  worker(
    async () => {
      logger.info('hop');
      await write();
    },
    {},
    {
      environment: { BREAKWATER_NAME: `Worker${hop}`, _X_AMZN_TRACE_ID: newHeader() },
      log: (level, message, fields) => log({ level, message, ...fields }),
    },
  )(
    {
      Records: [
        {
          messageId: `m${hop}`,
          receiptHandle: 'h',
          body: entry.MessageBody!,
          eventSourceARN: 'arn:aws:sqs:us-east-1:1:Next',
          attributes: { ApproximateReceiveCount: '1', SenderId: 'relay' },
        },
      ],
    },
    CONTEXT,
  );

async function request(header: string | undefined, log: (line: Record<string, unknown>) => void): Promise<void> {
  const handler = routes(
    {
      'GET /orders': async () => {
        await write();
        return json(201, {});
      },
    },
    {
      environment: {
        BREAKWATER_ROUTES: packRoutes([{ method: 'GET', path: '/orders', access: ['anyone'] }]),
        ...(header === undefined ? {} : { _X_AMZN_TRACE_ID: header }),
      },
      log: (level, message, fields) => log({ level, message, ...fields }),
    },
  );
  const event = {
    rawPath: '/orders',
    headers: { traceparent: '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01' },
    requestContext: { requestId: 'request-1', http: { method: 'GET' } },
  };
  expect(await handler(event, CONTEXT)).toMatchObject({ statusCode: 201 });
}

const headerOf = (entry: Entries[number]) => entry.MessageSystemAttributes?.AWSTraceHeader?.StringValue;

test(`${HOPS} hops keep one correlation id and one trace, and no header has a lineage`, async () => {
  const lines: Record<string, unknown>[] = [];
  const header = newHeader();
  await request(header, (line) => lines.push(line));
  for (let hop = 0; hop < HOPS; hop++) {
    const entry = await relayed();
    expect(headerOf(entry)).toBe(header.replace(/;Lineage=.*/, ''));
    expect(entry.MessageBody).not.toContain('Lineage');
    await deliver(entry, (line) => lines.push(line), hop);
  }
  // A request has one line, and each hop has the handler's line and the runtime's.
  expect(lines).toHaveLength(1 + 2 * HOPS);
  expect(new Set(lines.map((line) => line['correlation_id']))).toEqual(new Set(['request-1']));
  const root = /Root=([^;]+)/.exec(header)![1];
  expect(lines[0]).toMatchObject({ xray_trace_id: root });
  for (const line of lines.slice(1)) expect(line).toMatchObject({ origin_xray_trace_id: root });
  expect(new Set(lines.map((line) => line['xray_trace_id'])).size).toBe(1 + HOPS);
});

test('a message of an older version has no trace of its own, and its successors have that of its run', async () => {
  await request(newHeader(), () => undefined);
  const old = await relayed((text) =>
    JSON.stringify(JSON.parse(text).map(({ trace: _, ...message }: Record<string, unknown>) => message)),
  );
  expect(headerOf(old)).toBeUndefined();
  const lines: Record<string, unknown>[] = [];
  await deliver(old, (line) => lines.push(line), 1);
  expect(lines.map((line) => line['correlation_id'])).toEqual(['request-1', 'request-1']);
  expect(headerOf(await relayed())).toBe(`Root=${lines[0]!['xray_trace_id']};Parent=53995c3f42cd8ad8;Sampled=1`);
});

test('a trace that a writer made up is left out, and its message is sent', async () => {
  await request(newHeader(), () => undefined);
  for (const traceparent of ['Root=1-x;Lineage=1', '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01;x', 7]) {
    const entry = await relayed((text) =>
      JSON.stringify(JSON.parse(text).map((message: object) => ({ ...message, trace: { traceparent } }))),
    );
    expect(headerOf(entry)).toBeUndefined();
    expect(JSON.parse(entry.MessageBody!)).not.toHaveProperty('trace');
  }
});

test('without a trace of Lambda, messages have none, whatever the client sent', async () => {
  await request(undefined, () => undefined);
  const entry = await relayed();
  expect(entry).not.toHaveProperty('MessageSystemAttributes.AWSTraceHeader');
  expect(entry.MessageBody).not.toContain('trace');
});
