import * as path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { App } from 'aws-cdk-lib';
import { type Random, random as seededRandom } from '../../../forecast/random';
import { ConditionFailed, Connection, ifAbsent, mapBounded, table } from '../../../lambdas/runtime';
import { heldKey, itemToEntry, QUARANTINE_KEY, waitingKey } from '../../../lib/protocol';
import { knownTypes, prepareAssembly, readAssembly } from '../../../local/assembly';
import { Emulator, LOCAL_ACCOUNT, LOCAL_REGION, stopCommands } from '../../../local/cloud';
import { Deployer, localCredentials } from '../../../local/deploy';
import type { LocalResource } from '../../../local/running-app';
import { killFunctions } from '../../../shop/replay/kill-functions';
import { CloudApi, type JsonObject } from '../../../testing';
import { physicalId } from '../deployed-app';
import { type CallFault, type RoughCloud, serveRoughCloud } from '../rough-cloud';
import { itemsOf } from '../stores';
import type { Fate, Item, LedgerEntry } from './handlers/effects';
import { buildKillsStack, type Kind, WORKERS, type WorkerTimes } from './stack';

/** Share of messages whose effect is asked about. */
const ASKED = 0.25;
/** Share of calls that are throttled, share whose answer is lost, and share that begins a burst of throttled calls. */
const THROTTLED = 0.05;
const LOST = 0.005;
const BURSTS = 0.000_5;
const BURST_MS = 3_000;
const MESSAGES_A_GROUP = 50;
const MIN_GROUPS = 25;
const WRITERS = 8;
/** Attempts of a write. A burst of throttled calls ends within some of them. */
const MAX_WRITES = 20;
const PAUSE_MS = 1_000;
/** If the queue is empty, whatever is missing must come within this time. */
const SETTLE_MS = 30_000;
const DYNAMO = 'DynamoDB_20120810';
const COUNTS = ['Messages', 'MessagesNotVisible', 'MessagesDelayed'].map((name) => `ApproximateNumberOf${name}`);

export interface KillsOptions {
  readonly kind: Kind;
  readonly seed: number;
  /** Number of messages, poison messages included. */
  readonly count: number;
  readonly poison: readonly Fate[];
  /** Maximum number of kills. */
  readonly kills: number;
  /** Shortest and longest pause between two kills. */
  readonly killPauseMs: readonly [number, number];
  readonly maxMs: number;
}

export interface KillsResult {
  /** Good messages with more than one effect, in the ledger or in the item. */
  readonly doubled: readonly string[];
  /** Good messages without an effect. */
  readonly missing: readonly string[];
  /** Reasons of the held messages by their fate. A good message has its id, too. */
  readonly held: Readonly<Record<string, string>>;
  /** Effects of poison messages. */
  readonly poisoned: readonly string[];
  /** FIFO: effects before those of an earlier message of their group. */
  readonly disordered: readonly string[];
  /** Messages that are left in a queue, its dead-letter queue, or among those that wait. */
  readonly left: number;
  readonly kills: Readonly<Record<string, number>>;
  readonly throttled: number;
  readonly lostAnswers: number;
  /** Effects by a message that was received before. */
  readonly redelivered: number;
  readonly seconds: number;
}

interface Sent {
  readonly group: string;
  readonly id: string;
  readonly fate: Fate;
}

/** The stack of killed workers on a local AWS emulator. */
export class KillsCloud {
  /** @param folder of this run, with the certificate that this process trusts */
  public static async start(folder: string, times: WorkerTimes): Promise<KillsCloud> {
    const certificate = { certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') };
    const cloud = new KillsCloud(folder, await Emulator.start({ folder, certificate }));
    try {
      await cloud.deploy(times);
      return cloud;
    } catch (error) {
      await cloud.stop();
      throw error;
    }
  }

  private rough!: RoughCloud;
  private resources!: readonly LocalResource[];
  private faultOf: () => CallFault = () => undefined;
  private readonly api: CloudApi;

  private constructor(
    private readonly folder: string,
    private readonly emulator: Emulator,
  ) {
    const { endpoint } = emulator;
    Object.assign(process.env, localCredentials(endpoint, LOCAL_REGION));
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    this.api = new CloudApi({ endpoint, region: LOCAL_REGION, credentials });
  }

  public async stop(): Promise<void> {
    await stopCommands();
    await this.rough?.close();
    await this.emulator.stop();
  }

  /** Sends messages to a worker while its processes are killed, and waits for their end. */
  public async run({ kind, seed, count, poison, kills, killPauseMs, maxMs }: KillsOptions): Promise<KillsResult> {
    const random = seededRandom(seed);
    const groups = messagesOf(kind, count, poison, random);
    const target = WORKERS[kind];
    const started = Date.now();
    const { throttled, lost } = this.rough.counts;
    this.faultOf = faults(random);
    const ended = new AbortController();
    const killing = killFunctions(
      {
        folder: this.folder,
        names: new Map([
          [this.find('AWS::Lambda::Function', new RegExp(`^${target}Function`)), target],
          [this.find('AWS::Lambda::Function', /^BreakwaterRelayFunction/), 'relay'],
        ]),
        count: kills,
        signal: ended.signal,
        pauseMs: killPauseMs,
      },
      { random },
    );
    try {
      await this.send(target, groups);
      await this.settle(target, groups, started + maxMs);
    } finally {
      ended.abort();
      this.faultOf = () => undefined;
    }
    const killed = Object.fromEntries(await killing);
    const counts = this.rough.counts;
    return {
      ...(await this.result(kind, groups)),
      kills: killed,
      throttled: counts.throttled - throttled,
      lostAnswers: counts.lost - lost,
      seconds: Math.round((Date.now() - started) / 1_000),
    };
  }

  private async deploy(times: WorkerTimes): Promise<void> {
    const { endpoint } = this.emulator;
    this.rough = await serveRoughCloud({ endpoint, faultOf: () => this.faultOf() });
    const app = new App({ outdir: path.join(this.folder, 'kills.out'), analyticsReporting: false });
    buildKillsStack(app, this.rough.url, times);
    const place = { region: LOCAL_REGION, account: LOCAL_ACCOUNT };
    const synthesized = readAssembly(app.synth().directory, place);
    const props = { edgeUrls: [], known: await knownTypes() };
    const assembly = prepareAssembly(synthesized, path.join(this.folder, 'kills-assembly'), props);
    const ignore = () => undefined;
    const [stack] = await new Deployer({ endpoint, progress: ignore, line: ignore }).deploy(assembly);
    this.resources = stack!.resources;
  }

  private all(type: string, logicalId: RegExp): string[] {
    return this.resources
      .filter((one) => one.type === type && logicalId.test(one.logicalId))
      .map((one) => one.physicalId);
  }

  private find(type: string, logicalId: RegExp): string {
    return physicalId(this.resources, type, logicalId);
  }

  /** Writes the items with their messages, those of a group in their order. */
  private async send(target: string, groups: readonly (readonly Sent[])[]): Promise<void> {
    const client = new DynamoDBClient({ endpoint: this.rough.url, region: LOCAL_REGION });
    const mapTable = this.find('AWS::DynamoDB::Table', /^BreakwaterMapTable/);
    const items = table<Item>('Items', { connection: new Connection({ mapTable }, { client }) });
    await mapBounded(groups, WRITERS, async (group) => {
      for (const body of group) {
        const id = body.fate === 'absent' ? `not ${body.id}` : body.id;
        const item: Item = { group: body.group, id, state: 'new', effects: 0 };
        await untilStored(() =>
          items.put(item, {
            condition: ifAbsent('id'),
            outbox: [{ to: target, body, group: body.group, id: body.id }],
          }),
        );
      }
    });
    client.destroy();
  }

  /** Waits until the queue is empty, and for what is still on its way. */
  private async settle(target: string, groups: readonly (readonly Sent[])[], deadline: number): Promise<void> {
    const good = groups.flat().filter(({ fate }) => isGood(fate));
    const poison = groups.flat().length - good.length;
    let emptySince = Number.POSITIVE_INFINITY;
    while (Date.now() < deadline && Date.now() < emptySince + SETTLE_MS) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const queued = await this.queued(target);
      if (queued > 0) emptySince = Number.POSITIVE_INFINITY;
      else if (emptySince === Number.POSITIVE_INFINITY) emptySince = Date.now();
      if (queued > 0 || (await this.entries(heldKey(target))).length < poison) continue;
      // While the relay restarts, the queue may be empty although messages are still to come.
      const done = new Set((await this.read<LedgerEntry>(/^LedgerShard/)).map(({ id }) => id));
      if (good.every(({ id }) => done.has(id))) return;
    }
  }

  private async queued(target: string): Promise<number> {
    const QueueUrl = this.find('AWS::SQS::Queue', new RegExp(`^${target}Queue`));
    const answer = await this.api.json('sqs', 'AmazonSQS.GetQueueAttributes', { QueueUrl, AttributeNames: COUNTS });
    return Object.values(answer['Attributes'] as JsonObject).reduce<number>((sum, one) => sum + Number(one), 0);
  }

  /** Entries of the quarantine. */
  private async entries(key: string): Promise<ReturnType<typeof itemToEntry>[]> {
    const answer = await this.api.json('dynamodb', `${DYNAMO}.Query`, {
      TableName: this.find('AWS::DynamoDB::Table', /^BreakwaterQuarantineTable/),
      ConsistentRead: true,
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': QUARANTINE_KEY.partition },
      ExpressionAttributeValues: { ':pk': { S: key } },
    });
    return (answer['Items'] as JsonObject[]).map(itemToEntry);
  }

  private async result(
    kind: Kind,
    groups: readonly (readonly Sent[])[],
  ): Promise<Omit<KillsResult, 'kills' | 'throttled' | 'lostAnswers' | 'seconds'>> {
    const target = WORKERS[kind];
    const sent = new Map(groups.flat().map((one) => [one.id, one]));
    const isPoison = (id: string) => !isGood(sent.get(id)!.fate);
    const entries = (await this.read<LedgerEntry>(/^LedgerShard/)).filter(({ id }) => sent.has(id));
    const items = (await this.read<Item>(/^ItemsShard/)).filter(({ id }) => sent.has(id));
    const effects = new Map<string, LedgerEntry[]>();
    for (const entry of entries) effects.set(entry.id, [...(effects.get(entry.id) ?? []), entry]);
    const good = items.filter(({ id }) => !isPoison(id));
    const number = (id: string) => effects.get(id)?.length ?? 0;
    const held = await this.entries(heldKey(target));
    const waiting = await this.entries(waitingKey(target));
    return {
      doubled: good.filter((item) => number(item.id) > 1 || item.effects > 1).map(({ id }) => id),
      missing: [...sent.keys()]
        .filter((id) => !isPoison(id) && number(id) === 0)
        .concat(good.filter((item) => item.state !== 'done' || item.effects !== 1).map(({ id }) => `${id} (item)`)),
      poisoned: entries.filter(({ id }) => isPoison(id)).map(({ id }) => id),
      held: Object.fromEntries(
        held.map(({ content, reason }) => {
          const { id, fate } = (JSON.parse(String(content)) as { body: Sent }).body;
          return [isGood(fate) ? `${fate} ${id}` : fate, String(reason)];
        }),
      ),
      disordered: kind === 'fifo' ? groups.flatMap((group) => disorderOf(group, effects)) : [],
      left: (await this.queued(target)) + waiting.length,
      redelivered: entries.filter(({ receives }) => receives > 1).length,
    };
  }

  /** Items of all shards of a table, read without the library. */
  private async read<T extends object>(logicalId: RegExp): Promise<T[]> {
    const shards = await Promise.all(
      this.all('AWS::DynamoDB::Table', logicalId).map((name) => itemsOf(this.api, name)),
    );
    return shards.flat().map((item) =>
      Object.fromEntries(
        Object.entries(item as JsonObject).map(([name, value]) => {
          const { S, N } = value as { readonly S?: string; readonly N?: string };
          return [name, N === undefined ? S : Number(N)];
        }),
      ),
    ) as T[];
  }
}

/** Repeats a write until it is stored. It may have been stored by an attempt whose answer was lost. */
async function untilStored(write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (error instanceof ConditionFailed) return;
      if (attempt === MAX_WRITES) throw error;
    }
  }
}

const isGood = (fate: Fate): boolean => fate === 'stored' || fate === 'asked';

/** The messages of each group. Poison messages are at random places. */
function messagesOf(kind: Kind, count: number, poison: readonly Fate[], random: Random): Sent[][] {
  const places = new Map<number, Fate>();
  for (const fate of poison) {
    let place = Math.floor(random() * count);
    while (places.has(place)) place = (place + 1) % count;
    places.set(place, fate);
  }
  const groups: Sent[][] = Array.from({ length: Math.max(MIN_GROUPS, Math.ceil(count / MESSAGES_A_GROUP)) }, () => []);
  for (let n = 0; n < count; n++) {
    const index = n % groups.length;
    const group = `${kind}-${index}`;
    const fate = places.get(n) ?? (random() < ASKED ? 'asked' : 'stored');
    groups[index]!.push({ group, id: `${group}-${Math.floor(n / groups.length)}`, fate });
  }
  return groups;
}

/** Good messages with an effect before that of an earlier message of the group. */
function disorderOf(group: readonly Sent[], effects: ReadonlyMap<string, readonly LedgerEntry[]>): string[] {
  let latest = 0;
  return group.flatMap(({ id }) => {
    const first = Math.min(...(effects.get(id) ?? []).map(({ at }) => at));
    const isEarly = first < latest;
    if (Number.isFinite(first)) latest = Math.max(latest, first);
    return isEarly ? [id] : [];
  });
}

function faults(random: Random): () => CallFault {
  // A burst has a time, because a worker of a FIFO queue makes few calls.
  let burstUntil = 0;
  return () => {
    const dice = random();
    if (dice < BURSTS) burstUntil = Date.now() + BURST_MS;
    if (Date.now() < burstUntil || dice < THROTTLED) return 'throttled';
    return dice < THROTTLED + LOST ? 'lost' : undefined;
  };
}
