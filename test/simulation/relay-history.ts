import type { DynamoDBRecord } from 'aws-lambda';
import type { ListedEntry, RedriveEntries } from '../../lambdas/system/redrive/dependencies';
import type { Sending } from '../../lambdas/system/relay/address';
import type { WaitingMessages } from '../../lambdas/system/relay/lanes';
import type { RelayDependencies } from '../../lambdas/system/relay/relay';
import type { DrainDependencies } from '../../lambdas/system/tick/drain-target';
import {
  laneKey,
  OUTBOX_ATTRIBUTE,
  parseEnvelope,
  type QuarantineEntry,
  type QuarantineKey,
  type StreamEntry,
  streamKey,
  waitingKey,
} from '../../lib/protocol';
import { randomOf } from './random';
import type { RelayCode } from './relay-code';
import { RelayScheduler, type Run } from './relay-scheduler';

const MAIL = 'https://mail.fifo';
const PAYMENTS = 'https://payments';
const QUEUES = { Mail: { url: MAIL, fifo: true }, Payments: { url: PAYMENTS, fifo: false } };
const SHARDS = [0, 1];
const RECORDS = 14;
const BATCH = 4;
const GROUPS = 3;
/** Upper limit of steps: a history that reaches it has a message that is never sent. */
const MAX_TURNS = 20_000;

/** What a history varies. */
export interface HistoryOptions {
  readonly seed: number;
  readonly code: RelayCode;
  /** Runs of the tick at the same time. */
  readonly ticks?: number;
  /** Whether a look before sending sees the table as it was some calls ago. */
  readonly staleLook?: boolean;
  /** Whether entries are deleted that were put again meanwhile. */
  readonly blindRemove?: boolean;
  /** Whether the relay doesn't know the queue of Mail for a time. */
  readonly isUnknown?: boolean;
  /**
   * Whether the table doesn't declare Mail for a time. Its messages are held, and persons send them
   * again, too early or not.
   */
  readonly isUndeclared?: boolean;
  /** Whether the standard queue fails as well. */
  readonly isAllDown?: boolean;
  /** Milliseconds for which the queue is down. */
  readonly downMs?: number;
}

/** What came out of a history. */
export interface Outcome {
  /** IDs of messages that were never sent. */
  readonly unsent: readonly string[];
  /** Groups of which a message was first sent after a later one. */
  readonly outOfOrder: readonly string[];
  /** Messages that were held for a person. */
  readonly held: number;
  /** IDs of the standard queue that were sent while the FIFO queue was down. */
  readonly sentMeanwhile: ReadonlySet<string>;
  readonly duplicates: number;
  readonly crashes: number;
  readonly calls: number;
}

/**
 * Two streams with messages of three groups each, for a FIFO queue that is down for a time, and for
 * a standard queue. The relay and the tick crash before and after calls of services.
 */
export async function history(options: HistoryOptions): Promise<Outcome> {
  return new History(options).run();
}

class History {
  private readonly scheduler: RelayScheduler;
  private readonly random: () => number;
  private readonly sent: Record<string, Sending[]> = { [MAIL]: [], [PAYMENTS]: [] };
  private readonly entries = new Map<string, QuarantineEntry>();
  /** Earlier contents of the table's keys. */
  private readonly past: string[][] = [];
  private readonly down: { readonly from: number; readonly to: number };
  private readonly streams: DynamoDBRecord[][];
  private readonly written = SHARDS.map(() => 0);
  private readonly position = SHARDS.map(() => 0);
  private readonly relays: (Run | undefined)[] = SHARDS.map(() => undefined);
  private ticks: Run[] = [];
  private person: Run | undefined;
  private readonly sentMeanwhile = new Set<string>();
  private readonly broken = new Set<string>();
  private readonly positions = new Map<string, string>();

  constructor(private readonly options: HistoryOptions) {
    this.random = randomOf(options.seed);
    this.scheduler = new RelayScheduler(this.random, 0.01);
    this.down = { from: this.random() * 2_000, to: 2_000 + (options.downMs ?? this.random() * 200_000) };
    this.streams = SHARDS.map((shard) => Array.from({ length: RECORDS }, (_, i) => this.recordOf(shard, i)));
  }

  async run(): Promise<Outcome> {
    for (let turn = 0; turn < MAX_TURNS && !this.isOver(); turn++) {
      for (const shard of SHARDS) this.startRelay(shard);
      this.startTick();
      this.startRedrive();
      if (!(await this.scheduler.step())) this.scheduler.now += 50;
    }
    return this.outcome();
  }

  private recordOf(shard: number, i: number): DynamoDBRecord {
    const group = `g${shard}-${Math.floor(this.random() * GROUPS)}`;
    const outbox = [
      { id: `m${shard}-${i}`, to: 'Mail', body: i, group },
      { id: `p${shard}-${i}`, to: 'Payments', body: i },
    ];
    return {
      eventSourceARN: `arn:aws:dynamodb:us-east-1:123456789012:table/T${shard}/stream/x`,
      dynamodb: {
        // Several records have the same second, so that their sequence numbers decide.
        ApproximateCreationDateTime: 1_764_000_000 + Math.floor(i / 5),
        SequenceNumber: String(i + 1),
        NewImage: { [OUTBOX_ATTRIBUTE]: { S: JSON.stringify(outbox) } },
      },
    };
  }

  /** The event source mapping of a shard: one batch after the other, a failed one again. */
  private startRelay(shard: number): void {
    if (this.written[shard]! < RECORDS && this.random() < 0.05) this.written[shard]!++;
    if (this.relays[shard]?.crashed) this.relays[shard] = undefined;
    const from = this.position[shard]!;
    const to = Math.min(this.written[shard]!, from + BATCH);
    if (this.relays[shard] !== undefined || from === to) return;
    const run = this.scheduler.newRun();
    this.relays[shard] = run;
    const end = (position: number) => {
      this.position[shard] = position;
      this.relays[shard] = undefined;
    };
    this.options.code
      .relay({ Records: this.streams[shard]!.slice(from, to) }, this.relayDependencies(run))
      .then(() => end(to))
      .catch(() => end(from));
  }

  private startTick(): void {
    this.ticks = this.ticks.filter(({ crashed }) => !crashed);
    const isNeeded = this.entries.size > 0 && this.ticks.length < (this.options.ticks ?? 1);
    if (!isNeeded || this.random() >= 0.05) return;
    const run = this.scheduler.newRun();
    this.ticks.push(run);
    const dependencies = this.drainDependencies(run);
    const ended = () => {
      this.ticks = this.ticks.filter((other) => other !== run);
    };
    const drain = async (target: string) => {
      const from = this.positions.get(target);
      const { next } = await this.options.code.drainTarget(target, 0, dependencies, from);
      if (next === undefined) this.positions.delete(target);
      else this.positions.set(target, next);
    };
    Promise.all(Object.keys(QUEUES).map(drain)).then(ended).catch(ended);
  }

  /** A person sends some messages again that are held because the table didn't declare their target. */
  private startRedrive(): void {
    if (this.person?.crashed) this.person = undefined;
    const isNeeded = this.options.isUndeclared === true && this.heldEntries.length > 0 && this.person === undefined;
    if (!isNeeded || this.random() >= 0.02) return;
    const run = this.scheduler.newRun();
    this.person = run;
    const ended = () => {
      this.person = undefined;
    };
    const request = { verb: 'try', fingerprint: 'relay-Mail-NotDeclared', limit: 5 } as const;
    this.options.code
      .redrive(request, 'live', {
        entries: this.entriesOf(run),
        send: async () => undefined,
        now: () => this.scheduler.now,
        newId: () => 't',
        remainingMs: () => 60_000,
        log: () => undefined,
      })
      .then(ended)
      .catch(ended);
  }

  private get heldEntries(): QuarantineEntry[] {
    return [...this.entries.values()].filter(({ state }) => state === 'held');
  }

  /** The quarantine as the redrive function uses it for messages of the relay. */
  private entriesOf(run: Run): RedriveEntries {
    const call = <T>(act: () => T) => this.scheduler.call(run, act);
    const nameOf = ({ pk, sk }: QuarantineKey) => `${pk} ${sk}`;
    const held = () => call(() => this.heldEntries as readonly ListedEntry[]);
    return {
      table: 'quarantine',
      async *list() {
        yield* await held();
      },
      waiting: async () => [],
      get: (key) => call(() => this.entries.get(nameOf(key))),
      replace: async () => false,
      wait: (entry) => this.quarantineOf(run).put(entry),
      remove: (known) =>
        call(() => this.entries.get(nameOf(known))?.at === known.at && this.entries.delete(nameOf(known))),
    };
  }

  private relayDependencies(run: Run): RelayDependencies {
    return {
      ...this.deliveryOf(run),
      quarantine: this.quarantineOf(run),
      entryOf: async (shard): Promise<StreamEntry & { declared: Record<string, { fifo: boolean }> }> => ({
        table: streamKey(shard),
        owner: 'T',
        targets: this.knowsMail ? QUEUES : { Payments: QUEUES.Payments },
        declared: this.knowsMail || !this.options.isUndeclared ? QUEUES : { Payments: QUEUES.Payments },
      }),
      now: () => this.scheduler.now,
      log: () => undefined,
    };
  }

  private drainDependencies(run: Run): DrainDependencies {
    return {
      ...this.deliveryOf(run),
      quarantine: this.quarantineOf(run),
      log: () => undefined,
      destinationOf: async (target) => (target === 'Mail' && !this.knowsMail ? this.reason : QUEUES[target as 'Mail']),
      turn: (work) => work(),
      now: () => this.scheduler.now,
    };
  }

  private get knowsMail(): boolean {
    const { isUnknown = false, isUndeclared = false } = this.options;
    return !(isUnknown || isUndeclared) || this.scheduler.now >= this.down.to;
  }

  /** Why Mail has no queue. */
  private get reason(): 'not declared' | 'not deployed' {
    return this.options.isUndeclared === true ? 'not declared' : 'not deployed';
  }

  private deliveryOf(run: Run) {
    const end = this.scheduler.now + 60_000;
    return {
      random: this.random,
      broken: this.broken,
      remainingMs: () => end - this.scheduler.now,
      sleep: (afterMs: number) => this.scheduler.call(run, () => undefined, { afterMs }),
      send: (url: string, sendings: readonly Sending[]) =>
        this.scheduler.call(run, () => this.accept(url, sendings), { afterMs: 10, canFail: true }),
    };
  }

  /** A failing queue refuses a call, or some messages of it, and sometimes works for a moment. */
  private accept(url: string, sendings: readonly Sending[]) {
    const { now } = this.scheduler;
    const isDown = now >= this.down.from && now < this.down.to && now % 4_000 < 3_400;
    const fails = isDown && (url === MAIL || this.options.isAllDown === true);
    if (fails && this.random() < 0.5) throw Object.assign(new Error('down'), { name: 'ServiceUnavailable' });
    const refused = fails ? sendings.filter(() => this.random() < 0.5) : [];
    const accepted = sendings.filter((sending) => !refused.includes(sending));
    this.sent[url]!.push(...accepted);
    if (url === PAYMENTS && now < this.down.to) for (const { id } of accepted) this.sentMeanwhile.add(id);
    return refused.map((sending) => ({ sending, code: 'RequestThrottled', message: 'later' }));
  }

  private quarantineOf(run: Run): WaitingMessages {
    const call = <T>(act: () => T) => this.scheduler.call(run, act);
    const keyOf = ({ pk, sk }: QuarantineEntry) => `${pk} ${sk}`;
    const startOf = (target: string, lane?: string) =>
      `${waitingKey(target)} ${lane === undefined ? '' : laneKey(lane)}`;
    return {
      isBusy: (target, lane) => call(() => this.keysSeen().some((key) => key.startsWith(startOf(target, lane)))),
      put: (entry) =>
        call(() => {
          this.remember();
          this.entries.set(keyOf(entry), entry);
        }),
      read: (target, after, limit) =>
        call(() =>
          [...this.entries.values()]
            .filter(({ pk, sk }) => pk === waitingKey(target) && sk > after)
            .sort((a, b) => (a.sk < b.sk ? -1 : 1))
            .slice(0, limit),
        ),
      remove: async (entries) => {
        for (const entry of entries) {
          await call(() => {
            this.remember();
            const isSame = this.entries.get(keyOf(entry))?.at === entry.at;
            if (isSame || this.options.blindRemove === true) this.entries.delete(keyOf(entry));
          });
        }
      },
    };
  }

  private remember(): void {
    this.past.push([...this.entries.keys()]);
  }

  private keysSeen(): string[] {
    const now = [...this.entries.keys()];
    if (this.options.staleLook !== true) return now;
    return this.past[this.past.length - 1 - Math.floor(this.random() * 3)] ?? now;
  }

  private isOver(): boolean {
    return (
      this.scheduler.now > this.down.to &&
      this.position.every((position) => position === RECORDS) &&
      ![...this.entries.values()].some(({ state }) => state === 'waiting' || this.options.isUndeclared === true)
    );
  }

  private outcome(): Outcome {
    const wanted = SHARDS.flatMap((shard) =>
      Array.from({ length: RECORDS }, (_, i) => [`m${shard}-${i}`, `p${shard}-${i}`]),
    ).flat();
    const all = Object.values(this.sent).flat();
    const ids = new Set(all.map(({ id }) => id));
    const firsts = [...new Map(this.sent[MAIL]!.map((sending) => [sending.id, sending])).values()];
    const groups = new Map<string, number[]>();
    for (const { group = '', body } of firsts) {
      groups.set(group, [...(groups.get(group) ?? []), parseEnvelope(body).body as number]);
    }
    return {
      unsent: wanted.filter((id) => !ids.has(id)),
      outOfOrder: [...groups]
        .filter(([, list]) => list.some((n, i) => i > 0 && n < list[i - 1]!))
        .map(([name]) => name),
      held: this.heldEntries.length,
      sentMeanwhile: this.sentMeanwhile,
      duplicates: all.length - ids.size,
      crashes: this.scheduler.crashes,
      calls: this.scheduler.calls,
    };
  }
}
