import { ProvisionedThroughputExceededException, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { DynamoDbQuarantine } from '../../lambdas/system/quarantine/dynamodb-quarantine';
import type { Sending } from '../../lambdas/system/relay/address';
import type { Refusal } from '../../lambdas/system/relay/delivery';
import { PublishingCache } from '../../lambdas/system/relay/publishing-cache';
import { type RelayDependencies, relay } from '../../lambdas/system/relay/relay';
import type { DeadLetterQueue } from '../../lambdas/system/tick/adopt';
import { Backoffs } from '../../lambdas/system/tick/backoffs';
import { type TickDependencies, tick } from '../../lambdas/system/tick/tick';
import {
  OUTBOX_ATTRIBUTE,
  QUARANTINE_INDEXES,
  QUARANTINE_KEY,
  type QueueAddress,
  type ShardMap,
  streamKey,
} from '../../lib/protocol';
import { DynamoDbError } from '../../testing/dynamodb/attributes';
import { DynamoStub } from '../runtime/dynamodb-stub';

const { byFingerprint } = QUARANTINE_INDEXES;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-11-30T10:00:00Z');
const TARGETS = {
  Payments: { url: 'https://payments', fifo: false },
  Mail: { url: 'https://mail.fifo', fifo: true },
  Labels: { url: 'https://labels', fifo: false },
};

/**
 * The relay and the tick over a table with DynamoDB's expressions. Time passes in sleeps, in calls
 * of queues, and between runs.
 */
class Stack {
  now = START;
  /** Error code of a queue, or of one message; undefined if it is accepted. */
  refuse: (sending: Sending) => string | undefined = () => undefined;
  targets: Record<string, QueueAddress> = { ...TARGETS };
  declared: ShardMap['targets'] = TARGETS;
  readonly deadLetters = new Map<string, DeadLetterQueue>();
  policies: TickDependencies['policies'] = {};
  policyOf: TickDependencies['policyOf'] = async () => undefined;
  /** Error of reads of the map table. */
  failMaps: Error | undefined;
  /** Shards whose table was removed, with its entries. */
  readonly removed = new Set<string>();
  readonly sent: { readonly id: string; readonly to: string; readonly at: number }[] = [];
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  sends = 0;
  private sequence = 0;
  private readonly quarantine: DynamoDbQuarantine;
  private readonly publishing = new PublishingCache(
    {
      readEntry: async (shard) => {
        if (this.failMaps !== undefined) throw this.failMaps;
        return this.removed.has(shard)
          ? undefined
          : { table: streamKey(shard), owner: 'Orders', targets: this.targets };
      },
      readTargets: async () => this.declared,
    },
    () => this.now,
  );
  private readonly broken = new Set<string>();
  private readonly backoffs = new Backoffs(() => 0.99);

  constructor(stub: DynamoStub, table: string) {
    this.quarantine = new DynamoDbQuarantine(stub.clientTrying(1), () => table);
  }

  /** Name of the shard that the next write goes to. */
  shard = 'Shop-Shard0';

  /** Writes one item with these messages, and relays it. */
  async write(...messages: readonly { readonly id: string; readonly to: string; readonly group?: string }[]) {
    const outbox = messages.map((message) => ({ ...message, body: 1 }));
    const record: DynamoDBRecord = {
      eventSourceARN: `arn:aws:dynamodb:us-east-1:123456789012:table/${this.shard}/stream/x`,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(this.now / 1_000),
        SequenceNumber: String(++this.sequence),
        NewImage: { [OUTBOX_ATTRIBUTE]: { S: JSON.stringify(outbox) } },
      },
    };
    await relay({ Records: [record] }, this.relayDependencies());
  }

  /** Minutes of the schedule. @returns the lines of the last run */
  async minutes(count: number) {
    for (let i = 0; i < count; i++) {
      this.now += MINUTE;
      this.lines.length = 0;
      await tick(this.tickDependencies());
    }
    return this.lines;
  }

  ids(to: string): string[] {
    return this.sent.filter((one) => one.to === to).map(({ id }) => id);
  }

  held() {
    return this.quarantine.held(this.now);
  }

  count(target: string) {
    return this.quarantine.count(target);
  }

  private relayDependencies(): RelayDependencies {
    return { ...this.delivery(), log: (line) => this.lines.push(line) };
  }

  private tickDependencies(): TickDependencies {
    return {
      ...this.delivery(),
      broken: new Set(),
      backoffs: this.backoffs,
      deadLetters: this.deadLetters,
      policies: this.policies,
      policyOf: this.policyOf,
      stack: 'Shop',
      log: (line) => this.lines.push(line),
    };
  }

  private delivery() {
    const end = this.now + MINUTE;
    return {
      entryOf: (shard: string, names: ReadonlySet<string>) => this.publishing.entryOf(shard, names),
      quarantine: this.quarantine,
      broken: this.broken,
      random: () => 0.5,
      now: () => this.now,
      remainingMs: () => end - this.now,
      sleep: async (ms: number) => {
        this.now += ms;
      },
      send: async (_url: string, sendings: readonly Sending[]): Promise<Refusal[]> => {
        this.sends++;
        this.now += 10;
        const refusals: Refusal[] = [];
        for (const sending of sendings) {
          const code = this.refuse(sending);
          if (code === undefined) this.sent.push({ id: sending.id, to: sending.to, at: this.now });
          else refusals.push({ sending, code, message: 'later' });
        }
        return refusals;
      },
    };
  }
}

describe('the tick', () => {
  let stub: DynamoStub;
  let stack: Stack;
  let table: string;

  beforeAll(async () => {
    stub = await DynamoStub.start();
  });
  beforeEach(() => {
    table = `quarantine-${expect.getState().currentTestName}`;
    stub.createTable(table, {
      partitionKey: QUARANTINE_KEY.partition,
      sortKey: QUARANTINE_KEY.sort,
      indexes: { [byFingerprint.name]: { partitionKeys: [byFingerprint.partition], sortKeys: [byFingerprint.sort] } },
    });
    stub.intervene = () => undefined;
    stack = new Stack(stub, table);
  });
  afterAll(() => stub.stop());

  test('a target that is down for hours loses nothing, keeps its order, and holds up no other target', async () => {
    stack.refuse = ({ to }) => (to === 'Mail' ? 'ServiceUnavailable' : undefined);
    const groups = ['C1', 'C2', 'C3'];
    const written: string[] = [];
    const end = START + 3 * HOUR;
    while (stack.now < end) {
      const id = `${written.length}`;
      written.push(id);
      await stack.write({ id, to: 'Mail', group: groups[written.length % 3]! }, { id, to: 'Payments' });
      await stack.minutes(3);
    }
    expect(stack.ids('Payments')).toEqual(written);
    expect(stack.ids('Mail')).toEqual([]);
    expect(await stack.count('Mail')).toMatchObject({ count: written.length });

    stack.refuse = () => undefined;
    const back = stack.now;
    await stack.minutes(6);
    expect([...stack.ids('Mail')].map(Number).sort((a, b) => a - b)).toEqual(written.map(Number));
    for (const group of [0, 1, 2]) {
      const ofGroup = stack
        .ids('Mail')
        .map(Number)
        .filter((id) => (id + 1) % 3 === group);
      expect(ofGroup).toEqual([...ofGroup].sort((a, b) => a - b));
    }
    expect(Math.max(...stack.sent.map(({ at }) => at)) - back).toBeLessThan(6 * MINUTE);
    expect(await stack.count('Mail')).toBeUndefined();
    expect((await stack.held()).size).toBe(0);
    await stack.write({ id: 'next', to: 'Mail', group: 'C1' });
    expect(stack.ids('Mail').at(-1)).toBe('next');
  }, 60_000);

  test('all queues down, as with a disabled key: everything is sent when they are back', async () => {
    stack.refuse = () => 'KMS.DisabledException';
    for (let i = 0; i < 30; i++) {
      await stack.write({ id: `m${i}`, to: 'Mail', group: 'C1' }, { id: `p${i}`, to: 'Payments' });
      await stack.minutes(1);
    }
    expect(stack.sent).toEqual([]);
    stack.refuse = () => undefined;
    await stack.minutes(6);
    expect(stack.ids('Mail')).toEqual(Array.from({ length: 30 }, (_, i) => `m${i}`));
    expect(new Set(stack.ids('Payments')).size).toBe(30);
    expect((await stack.held()).size).toBe(0);
  });

  test('the key of the quarantine disabled, too: the relay throws, and the stream keeps the records', async () => {
    stack.refuse = () => 'KMS.DisabledException';
    stub.intervene = () => {
      throw new DynamoDbError('KMSInvalidStateException', 'the key is disabled');
    };
    await expect(stack.write({ id: 'a', to: 'Payments' })).rejects.toThrow(/the quarantine must take 1 messages/);
    await expect(stack.write({ id: 'b', to: 'Mail', group: 'C1' })).rejects.toThrow();
    stub.intervene = () => undefined;
    stack.refuse = () => undefined;
    await stack.write({ id: 'a', to: 'Payments' });
    expect(stack.ids('Payments')).toEqual(['a']);
  });

  test('a target that no deployment has written yet waits, is named after an hour, and is then sent in order', async () => {
    const { Mail: _, ...others } = TARGETS;
    stack.targets = others;
    for (let i = 0; i < 3; i++) await stack.write({ id: `m${i}`, to: 'Mail', group: 'C1' });
    const early = await stack.minutes(59);
    expect(early.map(({ message }) => message)).toEqual(['waiting']);
    expect(early[0]).toMatchObject({ Stack: 'Shop', Target: 'Mail', Waiting: 3, level: 'WARN' });
    const late = await stack.minutes(2);
    expect(late.map(({ message }) => message)).toEqual(['waiting', 'unknown target']);
    expect(late[1]).toMatchObject({ level: 'ERROR', to: 'Mail', shard: 'Shop-Shard0', UnknownTargets: 1 });
    expect((await stack.held()).size).toBe(0);

    stack.targets = TARGETS;
    await stack.write({ id: 'm3', to: 'Mail', group: 'C1' });
    expect(stack.sent).toEqual([]);
    const messages = [0, 1, 2, 3].map((i) => ({ id: `m${i}`, to: 'Mail' }));
    expect(await stack.minutes(1)).toEqual([{ message: 'relayed', from: 'quarantine', sent: 4, messages }]);
    expect(stack.ids('Mail')).toEqual(['m0', 'm1', 'm2', 'm3']);
  });

  test('tries a target that is down less and less often, but every 5 minutes', async () => {
    stack.refuse = () => 'ServiceUnavailable';
    await stack.write({ id: 'a', to: 'Payments' });
    const tried: number[] = [];
    for (let minute = 1; minute <= 60; minute++) {
      stack.sends = 0;
      await stack.minutes(1);
      if (stack.sends > 0) tried.push(minute);
    }
    const pauses = tried.slice(1).map((minute, i) => minute - tried[i]!);
    expect(pauses.slice(0, 2)).toEqual([1, 2]);
    expect(Math.max(...pauses)).toBe(5);
    expect(pauses.length).toBeLessThan(16);
  });

  test('makes few attempts at a target that is down, however many messages wait', async () => {
    stack.refuse = () => 'ServiceUnavailable';
    for (let i = 0; i < 100; i++) await stack.write({ id: `a${i}`, to: 'Payments' });
    stack.sends = 0;
    await stack.minutes(1);
    expect(stack.sends).toBeLessThanOrEqual(3);
  });

  test('a message that its queue rejects for good is held, and the next ones of its group are sent', async () => {
    stack.refuse = () => 'ServiceUnavailable';
    for (const id of ['a', 'bad', 'c']) await stack.write({ id, to: 'Mail', group: 'C1' });
    stack.refuse = ({ id }) => (id === 'bad' ? 'InvalidMessageContents' : undefined);
    const lines = await stack.minutes(1);
    expect(stack.ids('Mail')).toEqual(['a', 'c']);
    expect(await stack.count('Mail')).toBeUndefined();
    expect(Object.fromEntries(await stack.held())).toEqual({ Mail: 1 });
    expect(lines).toEqual([
      expect.objectContaining({ level: 'ERROR', message: 'held', reason: 'rejected', id: 'bad' }),
      expect.objectContaining({ message: 'relayed', sent: 2 }),
      expect.objectContaining({ level: 'WARN', message: 'held', Held: 1, Target: 'Mail' }),
    ]);
  });

  test('a group that its queue refuses holds up no other group', async () => {
    stack.refuse = () => 'ServiceUnavailable';
    for (let i = 0; i < 40; i++) await stack.write({ id: `a${i}`, to: 'Mail', group: 'A' });
    for (let i = 0; i < 3; i++) await stack.write({ id: `z${i}`, to: 'Mail', group: 'Z' });
    stack.refuse = ({ group }) => (group === 'A' ? 'RequestThrottled' : undefined);
    await stack.minutes(1);
    expect(stack.ids('Mail')).toEqual(['z0', 'z1', 'z2']);
    expect(await stack.count('Mail')).toMatchObject({ count: 40 });
  });

  test('messages of a table that was removed wait, and hold up no other messages of their target', async () => {
    stack.refuse = () => 'ServiceUnavailable';
    stack.shard = 'Shop-Removed';
    for (let i = 0; i < 40; i++) await stack.write({ id: `a${i}`, to: 'Labels' });
    stack.shard = 'Shop-Shard0';
    await stack.write({ id: 'z', to: 'Labels' });
    stack.removed.add('Shop-Removed');
    stack.refuse = () => undefined;
    stack.now += HOUR;
    await stack.minutes(1);
    expect(stack.ids('Labels')).toEqual(['z']);
    expect(await stack.count('Labels')).toMatchObject({ count: 40 });
  });

  test('messages wait whose table no longer declares their target', async () => {
    stack.refuse = () => 'ServiceUnavailable';
    await stack.write({ id: 'a', to: 'Labels' });
    const { Labels: _, ...others } = TARGETS;
    stack.targets = others;
    stack.declared = others;
    stack.refuse = () => undefined;
    stack.now += HOUR;
    await stack.minutes(1);
    expect(stack.sent).toEqual([]);
    expect(await stack.count('Labels')).toMatchObject({ count: 1 });
  });

  test('a target whose entries can’t be read stops neither the others, nor dead letters, nor the counts', async () => {
    const letter = { messageId: 'd', receipt: 'r', body: 'x', sentAt: START, receives: 9 };
    const letters = [[letter]];
    const adopted: string[] = [];
    stack.deadLetters.set('Orders', {
      name: 'dlq',
      receive: async () => letters.shift() ?? [],
      remove: async ({ messageId }) => void adopted.push(messageId),
    });
    stack.refuse = () => 'ServiceUnavailable';
    for (const to of ['Labels', 'Mail', 'Payments']) await stack.write({ id: to, to, group: 'C1' });
    stack.refuse = () => undefined;
    stub.intervene = ({ operation, input }) => {
      const ofMail = operation === 'Query' && JSON.stringify(input).includes('waiting#Mail');
      if (ofMail) throw new DynamoDbError('AccessDeniedException', 'secret text');
      return undefined;
    };
    await expect(stack.minutes(1)).rejects.toThrow(
      /failed for: Mail \(AccessDeniedException\); the others were handled/,
    );
    expect(stack.sent.map(({ to }) => to).sort()).toEqual(['Labels', 'Payments']);
    expect(adopted).toEqual(['d']);
    expect(stack.lines).toContainEqual(expect.objectContaining({ message: 'held', Held: 1, Target: 'Orders' }));
    stub.intervene = () => undefined;
    await stack.minutes(1);
    expect(stack.ids('Mail')).toEqual(['Mail']);
  });

  test('a map table that throttles is a failure, and no unknown target; a removed one is no failure', async () => {
    stack.refuse = () => 'ServiceUnavailable';
    await stack.write({ id: 'a', to: 'Labels' });
    stack.refuse = () => undefined;
    stack.now += HOUR;
    stack.failMaps = new ProvisionedThroughputExceededException({ $metadata: {}, message: 'slow' });
    await expect(stack.minutes(1)).rejects.toThrow(/failed for: Labels \(ProvisionedThroughputExceededException\)/);
    expect(stack.lines.map(({ message }) => message)).toEqual(['waiting']);
    stack.failMaps = new ResourceNotFoundException({ $metadata: {}, message: 'no table' });
    const lines = await stack.minutes(1);
    expect(lines.map(({ message }) => message)).toEqual(['waiting', 'unknown target']);
  });

  test('publishes the counts in CloudWatch’s embedded format, and nothing while nothing waits', async () => {
    expect(await stack.minutes(1)).toEqual([]);
    stack.refuse = () => 'ServiceUnavailable';
    await stack.write({ id: 'a', to: 'Payments' });
    const [line] = await stack.minutes(2);
    expect(line).toMatchObject({ Waiting: 1, OldestWaiting: 128, codes: ['ServiceUnavailable'] });
    expect(line?.['_aws']).toEqual({
      Timestamp: stack.now,
      CloudWatchMetrics: [
        {
          Namespace: 'Breakwater/Quarantine',
          Dimensions: [['Stack'], ['Stack', 'Target']],
          Metrics: [
            { Name: 'Waiting', Unit: 'Count' },
            { Name: 'OldestWaiting', Unit: 'Seconds' },
          ],
        },
      ],
    });
  });

  test('a queue policy that differs from the template’s is logged and counted, each minute that it differs', async () => {
    const statement = (Sid: string) => ({ Sid, Effect: 'Deny', Action: 'sqs:SendMessage' });
    const policy = { Statement: [statement('OnlyDeclaredSenders')] };
    stack.policies = { Mail: [{ queue: 'mail', policy }], Payments: [{ queue: 'payments', policy }] };
    stack.policyOf = async (queue) =>
      JSON.stringify(queue === 'mail' ? policy : { Statement: [statement('Opened'), statement('Second')] });
    expect(await stack.minutes(1)).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        message: 'queue policy changed',
        to: 'Payments',
        changed: [{ queue: 'payments', missing: ['OnlyDeclaredSenders'], added: ['Opened', 'Second'] }],
        Target: 'Payments',
        ChangedQueuePolicies: 1,
      }),
    ]);
    stack.policyOf = async () => JSON.stringify(policy);
    expect(await stack.minutes(1)).toEqual([]);
  });

  test('a policy that can’t be read fails the run, after the others were compared', async () => {
    const policy = { Statement: [] };
    const names = ['Mail', 'Payments', 'Labels'];
    stack.policies = Object.fromEntries(names.map((name) => [name, [{ queue: name, policy }]]));
    const read: string[] = [];
    stack.policyOf = async (queue) => {
      if (queue === 'Mail') throw Object.assign(new Error('no'), { name: 'AccessDenied' });
      read.push(queue);
      return undefined;
    };
    await expect(stack.minutes(1)).rejects.toThrow(/failed for: queue policies of Mail \(AccessDenied\)/);
    expect(read.sort()).toEqual(['Labels', 'Payments']);
  });
});
