import { ProvisionedThroughputExceededException, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { DynamoDbEntries } from '../../lambdas/system/quarantine/dynamodb-entries';
import { DynamoDbQuarantine } from '../../lambdas/system/quarantine/dynamodb-quarantine';
import { redrive } from '../../lambdas/system/redrive/redrive';
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
  type RedriveRequest,
  type RedriveTrial,
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
  /** Milliseconds of a call of a queue. */
  sendMs = 10;
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
  private readonly positions = new Map<string, string>();

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

  /** Number of held messages by target. */
  async held() {
    return Object.fromEntries((await this.quarantine.held(this.now)).counts);
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
      positions: this.positions,
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
        this.now += this.sendMs;
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
    expect(await stack.held()).toEqual({});
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
    expect(await stack.held()).toEqual({});
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
    expect(await stack.held()).toEqual({});

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
    expect(await stack.held()).toEqual({ Mail: 1 });
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

  test('messages of a removed table wait for an hour, then they are held, and others are sent meanwhile', async () => {
    stack.refuse = () => 'ServiceUnavailable';
    stack.shard = 'Shop-Removed';
    for (let i = 0; i < 40; i++) await stack.write({ id: `a${i}`, to: 'Labels' });
    stack.shard = 'Shop-Shard0';
    await stack.write({ id: 'z', to: 'Labels' });
    stack.removed.add('Shop-Removed');
    stack.refuse = () => undefined;
    await stack.minutes(1);
    expect(stack.ids('Labels')).toEqual(['z']);
    expect(await stack.count('Labels')).toMatchObject({ count: 40 });
    stack.now += HOUR;
    const lines = await stack.minutes(1);
    expect(await stack.count('Labels')).toBeUndefined();
    expect(await stack.held()).toEqual({ Labels: 40 });
    expect(lines[0]).toMatchObject({ message: 'held', reason: 'undeclared', code: 'TableRemoved', id: 'a0' });
    expect(stack.ids('Labels')).toEqual(['z']);
  });

  test('messages are held whose table no longer declares their target, or leaves it to another relay', async () => {
    const { Labels, ...others } = TARGETS;
    stack.refuse = () => 'ServiceUnavailable';
    await stack.write({ id: 'a', to: 'Labels' });
    stack.targets = others;
    stack.declared = others;
    stack.refuse = () => undefined;
    const [line] = await stack.minutes(1);
    expect(line).toMatchObject({ level: 'ERROR', message: 'held', reason: 'undeclared', code: 'NotDeclared', id: 'a' });
    expect([stack.sent, await stack.count('Labels'), await stack.held()]).toEqual([[], undefined, { Labels: 1 }]);

    stack.targets = TARGETS;
    stack.refuse = () => 'ServiceUnavailable';
    await stack.write({ id: 'b', to: 'Labels' });
    stack.targets = others;
    stack.declared = { ...others, Labels: { ...Labels, relay: 'Other' } };
    await stack.minutes(1);
    expect([stack.sent, await stack.held()]).toEqual([[], { Labels: 2 }]);
  });

  test('an undeclared message that a person tries is held again, or sent if its table declares the target', async () => {
    const { Labels: _, ...others } = TARGETS;
    stack.targets = others;
    stack.declared = others;
    await stack.write({ id: 'a', to: 'Labels' });
    const ask = (request: RedriveRequest) =>
      redrive(request, 'live', {
        entries: new DynamoDbEntries(stub.clientTrying(1), table),
        send: async () => undefined,
        now: () => stack.now,
        newId: () => 't',
        remainingMs: () => MINUTE,
        log: () => undefined,
      });
    const request: RedriveRequest = { verb: 'try', fingerprint: 'relay-Labels-NotDeclared', limit: 1 };
    const { tried } = (await ask(request)) as RedriveTrial;
    const keys = tried.map(({ key }) => key);
    expect(await stack.count('Labels')).toMatchObject({ count: 1 });
    await stack.minutes(1);
    expect(await stack.count('Labels')).toBeUndefined();
    expect(await ask({ verb: 'status', keys })).toMatchObject([{ state: 'held', reason: 'undeclared' }]);

    stack.targets = TARGETS;
    stack.declared = TARGETS;
    await ask(request);
    await stack.minutes(1);
    expect([stack.ids('Labels'), await stack.held()]).toEqual([['a'], {}]);
  });

  test('messages that their queue always refuses, with an unknown code, hold up no others', async () => {
    stack.refuse = () => 'ServiceUnavailable';
    for (let i = 100; i < 200; i++) await stack.write({ id: `a${i}`, to: 'Payments' });
    for (let i = 0; i < 5; i++) await stack.write({ id: `z${i}`, to: 'Payments' });
    stack.refuse = ({ id }) => (id.startsWith('a') ? 'SomethingNew' : undefined);
    await stack.minutes(20);
    expect(stack.ids('Payments')).toEqual(['z0', 'z1', 'z2', 'z3', 'z4']);
    expect(await stack.count('Payments')).toMatchObject({ count: 100 });
    // Once they are accepted, the next run that tries them comes to all of them.
    stack.refuse = () => undefined;
    await stack.minutes(6);
    expect(await stack.count('Payments')).toBeUndefined();
    expect(new Set(stack.ids('Payments')).size).toBe(105);
  });

  test('targets and dead letters share the time of a run: a large backlog doesn’t use it up', async () => {
    const many = Array.from({ length: 9 }, (_, i) => `Slow${i}`);
    const targets = Object.fromEntries([...many, 'Mail'].map((to) => [to, { url: `https://${to}`, fifo: false }]));
    stack.targets = targets;
    stack.declared = targets;
    stack.refuse = () => 'ServiceUnavailable';
    for (const to of many) {
      await stack.write(...Array.from({ length: 60 }, (_, i) => ({ id: `${to}-${i}`, to })));
    }
    await stack.write({ id: 'm', to: 'Mail' });
    const letters = [[{ messageId: 'd', receipt: 'r', body: 'x', sentAt: START, receives: 9 }]];
    const adopted: string[] = [];
    stack.deadLetters.set('Orders', {
      name: 'dlq',
      receive: async () => letters.shift() ?? [],
      remove: async ({ messageId }) => void adopted.push(messageId),
    });
    stack.refuse = () => undefined;
    stack.sendMs = 1_000;
    await stack.minutes(1);
    expect(stack.sent.length).toBeLessThan(541);
    expect(many.filter((to) => stack.ids(to).length === 0)).toEqual([]);
    expect([stack.ids('Mail'), adopted]).toEqual([['m'], ['d']]);
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

  test('a map table that throttles is a failure, and nothing is held; if it was removed, messages are held', async () => {
    stack.refuse = () => 'ServiceUnavailable';
    await stack.write({ id: 'a', to: 'Labels' });
    stack.refuse = () => undefined;
    stack.now += HOUR;
    stack.failMaps = new ProvisionedThroughputExceededException({ $metadata: {}, message: 'slow' });
    await expect(stack.minutes(1)).rejects.toThrow(/failed for: Labels \(ProvisionedThroughputExceededException\)/);
    expect(stack.lines.map(({ message }) => message)).toEqual(['waiting']);
    stack.failMaps = new ResourceNotFoundException({ $metadata: {}, message: 'no table' });
    await stack.minutes(1);
    expect(await stack.held()).toEqual({ Labels: 1 });
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

  test('policies aren’t compared when the time of the run is nearly over', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `Worker${i}`);
    stack.policies = Object.fromEntries(names.map((name) => [name, [{ queue: name, policy: { Statement: [] } }]]));
    let reads = 0;
    stack.policyOf = async () => {
      reads++;
      stack.now += 10_000;
      return undefined;
    };
    await stack.minutes(1);
    expect([reads > 0, reads < names.length]).toEqual([true, true]);
  });
});
