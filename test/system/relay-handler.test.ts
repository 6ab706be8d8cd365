import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { itemToEntry, OUTBOX_ATTRIBUTE, parseEnvelope, type QuarantineEntry, streamKey } from '../../lib/protocol';

/** An entry of a SendMessageBatch call, as it arrives. */
interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

interface BatchCall {
  readonly url: string;
  readonly entries: readonly Entry[];
  /** The SDK's own count of attempts: `attempt=1; max=1`. */
  readonly attempt: string;
}

/** Answers a call: ids of rejected entries with their code, an HTTP status, or no answer at all. */
type Answer = { readonly rejected: Readonly<Record<string, string>> } | { readonly status: number } | 'hang';

/** Targets by name: whether each is a FIFO queue. */
const TARGETS = { Payments: false, Mail: true };

/** SQS and DynamoDB behind one socket, so that the SDK's serialisation, timeouts and retries are part of each test. */
class Services {
  readonly batches: BatchCall[] = [];
  readonly reads: { readonly TableName: string; readonly Key: object; readonly ConsistentRead?: boolean }[] = [];
  /** Items that were put into the quarantine table. */
  readonly entries: QuarantineEntry[] = [];
  answer: (call: BatchCall) => Answer = () => ({ rejected: {} });
  /** Shards of which the map table has an entry. */
  shards = ['Shop-Shard0'];
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this.urlOf('');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const input = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(body));
    };
    const [service, operation] = String(request.headers['x-amz-target']).split('.');
    if (operation === 'Query') return send(200, { Items: [] });
    if (operation === 'PutItem') {
      this.entries.push(itemToEntry(input.Item));
      return send(200, {});
    }
    if (service?.startsWith('DynamoDB')) {
      this.reads.push(input);
      const shard = this.shards.find((name) => streamKey(name) === input.Key.table.S);
      return send(200, shard === undefined ? {} : { Item: this.itemOf(shard) });
    }
    const call = { url: input.QueueUrl, entries: input.Entries, attempt: String(request.headers['amz-sdk-request']) };
    this.batches.push(call);
    const answer = this.answer(call);
    if (answer === 'hang') return;
    if ('status' in answer) return send(answer.status, { __type: 'InternalFailure', message: 'try again' });
    const rejected = Object.entries(answer.rejected);
    send(200, {
      Successful: (input.Entries as Entry[])
        .filter(({ Id }) => !(Id in answer.rejected))
        .map(({ Id, MessageBody }) => ({ Id, MessageId: `m-${Id}`, MD5OfMessageBody: md5(MessageBody) })),
      Failed: rejected.map(([Id, Code]) => ({ Id, Code, Message: 'no', SenderFault: true })),
    });
  }

  /** URL of a queue. The SDK takes it for SQS' address too. */
  urlOf(queue: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${queue}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  reset(): void {
    this.batches.length = 0;
    this.reads.length = 0;
    this.entries.length = 0;
    this.answer = () => ({ rejected: {} });
  }

  private itemOf(shard: string): object {
    const targets = Object.entries(TARGETS).map(([name, fifo]) => [
      name,
      { M: { url: { S: this.urlOf(name) }, fifo: { BOOL: fifo } } },
    ]);
    return { table: { S: streamKey(shard) }, owner: { S: 'Orders' }, targets: { M: Object.fromEntries(targets) } };
  }

  /** Messages that were sent to a queue, rejected ones included. */
  sentTo(queue: string): Entry[] {
    return this.batches.filter((call) => call.url === this.urlOf(queue)).flatMap(({ entries }) => [...entries]);
  }
}

/** The SDK compares it with its own. */
function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

const recordIn = (shard: string, ...messages: object[]): DynamoDBRecord => ({
  eventName: 'INSERT',
  eventSourceARN: `arn:aws:dynamodb:us-east-1:123456789012:table/${shard}/stream/2026`,
  dynamodb: {
    ApproximateCreationDateTime: 1_764_000_000,
    SequenceNumber: '1',
    NewImage: { [OUTBOX_ATTRIBUTE]: { S: JSON.stringify(messages) } },
  },
});
const record = (...messages: object[]) => recordIn('Shop-Shard0', ...messages);
const message = (id: string, more: object = {}) => ({ id, to: 'Payments', body: { id }, ...more });

describe('the relay as it is deployed', () => {
  const services = new Services();
  const before = { ...process.env };
  let handler: (event: DynamoDBStreamEvent, context: { getRemainingTimeInMillis(): number }) => Promise<void>;
  /** With 15 seconds, so that a test ends even if SQS never takes a message. */
  const run = (...records: DynamoDBRecord[]) => {
    const end = Date.now() + 15_000;
    return handler({ Records: records }, { getRemainingTimeInMillis: () => end - Date.now() });
  };

  beforeAll(async () => {
    const endpoint = await services.start();
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      BREAKWATER_MAP_TABLE: 'maps',
      BREAKWATER_QUARANTINE_TABLE: 'quarantine',
    });
    ({ handler } = await import('../../lambdas/system/relay'));
    jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  });

  beforeEach(() => {
    services.reset();
  });

  afterAll(() => {
    services.stop();
    process.env = before;
    jest.restoreAllMocks();
  });

  test('sends body, group and deduplication id of each message to its queue', async () => {
    await run(record(message('a'), message('m', { to: 'Mail', group: 'C1' })));
    const [payment] = services.sentTo('Payments');
    expect(parseEnvelope(payment?.MessageBody ?? '')).toMatchObject({ id: 'a', to: 'Payments', body: { id: 'a' } });
    expect(payment).not.toHaveProperty('MessageGroupId');
    expect(services.sentTo('Mail')).toEqual([
      expect.objectContaining({ MessageGroupId: 'C1', MessageDeduplicationId: 'm' }),
    ]);
    expect(services.entries).toEqual([]);
  });

  test('reads the entry of the stream’s shard from the map table, consistently', async () => {
    services.shards = ['Shop-Shard0', 'Shop-Shard7'];
    await run(recordIn('Shop-Shard7', message('a')));
    expect(services.reads).toEqual([
      { TableName: 'maps', Key: { table: { S: 'stream#Shop-Shard7' } }, ConsistentRead: true },
    ]);
    await run(recordIn('Shop-Shard7', message('b')));
    expect(services.reads).toHaveLength(1);
  });

  test('refuses a target that the shard’s table did not declare', async () => {
    await run(record(message('forged', { to: 'Refunds' })));
    expect(services.batches).toEqual([]);
    expect(services.entries).toMatchObject([{ pk: 'held#Refunds', id: 'forged', reason: 'undeclared' }]);
  });

  test('fails if the shard has no entry, so that the stream delivers the batch again', async () => {
    await expect(run(recordIn('Shop-Unknown', message('a')))).rejects.toThrow(/must have an entry.*'Shop-Unknown'/);
    expect(services.batches).toEqual([]);
  });

  test('takes the right message for the one that SQS rejected', async () => {
    services.answer = ({ entries }) => ({
      rejected: Object.fromEntries(
        entries
          .filter(({ MessageBody }) => MessageBody.includes('"bad"'))
          .map(({ Id }) => [Id, 'InvalidMessageContents']),
      ),
    });
    await run(record(message('a'), message('bad'), message('c')));
    expect(services.entries).toMatchObject([{ pk: 'held#Payments', id: 'bad', reason: 'rejected' }]);
  });

  test('sends a message again that SQS rejected for now', async () => {
    let calls = 0;
    services.answer = () => ({ rejected: (++calls === 1 ? { 1: 'RequestThrottled' } : {}) as Record<string, string> });
    await run(record(message('a'), message('b')));
    const ids = services.batches.map(({ entries }) => entries.map((e) => parseEnvelope(e.MessageBody).id));
    expect(ids).toEqual([['a', 'b'], ['b']]);
    expect(services.entries).toEqual([]);
  });

  test('leaves retries to the relay alone', async () => {
    let calls = 0;
    services.answer = () => (++calls === 1 ? { status: 500 } : { rejected: {} });
    await run(record(message('a')));
    expect(services.batches.map(({ attempt }) => attempt)).toEqual(['attempt=1; max=1', 'attempt=1; max=1']);
  });

  test('gives up a call that hangs, and sends to other queues meanwhile', async () => {
    services.answer = ({ url }) =>
      url === services.urlOf('Payments') && services.batches.length < 3 ? 'hang' : { rejected: {} };
    await run(record(message('a'), message('m', { to: 'Mail', group: 'C1' })));
    expect(services.sentTo('Payments').length).toBeGreaterThan(1);
    expect(services.sentTo('Mail')).toHaveLength(1);
    expect(services.entries).toEqual([]);
  }, 20_000);
});
