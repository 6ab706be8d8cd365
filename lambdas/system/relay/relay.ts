import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { QuarantineEntry } from '../../../lib/protocol';
import { inParallel } from '../in-parallel';
import type { RunLine } from '../run-log';
import { addressed, type Outgoing, type Sending } from './address';
import { type DeliveryDependencies, deliver, isRetryable, type Refusal } from './delivery';
import { heldEntry, laneOfMessage, rejectedMessage, waitingEntry } from './entries';
import { groupBy } from './group-by';
import { append, busyLanes, type WaitingMessages } from './lanes';
import { isElsewhere, type Publishing } from './publishing-cache';
import { type FoundMessage, readOutboxes } from './read-outboxes';
import { type RefusedMessage, refusedFacts } from './refused-message';

/** Dependencies of the relay. Tests replace them. */
export interface RelayDependencies extends DeliveryDependencies {
  /**
   * Returns the map table's entry of a shard. It must be new enough to contain `names`, if they are
   * declared.
   * @throws Error if there is none
   */
  readonly entryOf: (shard: string, names: ReadonlySet<string>) => Promise<Publishing>;
  /** Messages that wait, and those that are held for a person. */
  readonly quarantine: Pick<WaitingMessages, 'isBusy' | 'put'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (line: RunLine) => void;
}

/**
 * Time for attempts to send. A message that isn't sent in this time waits in the quarantine, and
 * the later records are handled. The tick tries to send waiting messages every minute.
 */
const SENDING_MS = 10_000;
/** Minimum share of the remaining time that is reserved for writing to the quarantine. */
const RESERVE = 1 / 3;

/**
 * Sends the outbox messages of a batch of records, each to the queue of its target.
 *
 * A message that can't be sent now waits in the quarantine, and the batch counts as done. If the
 * relay failed instead, other queues would get their messages twice, and later records would wait.
 * If a message of a FIFO group waits, the later ones of its group wait behind it.
 *
 * A message that can't be sent at all is held in the quarantine, with the reason.
 *
 * @throws Error if the map table has no entry for a shard, or if the quarantine can't be read or
 * written. Lambda then retries the whole batch, so messages may be delivered twice with the same
 * ID.
 */
export async function relay(event: DynamoDBStreamEvent, dependencies: RelayDependencies): Promise<void> {
  const { quarantine, remainingMs, log, now } = dependencies;
  const { found, unreadable } = readOutboxes(event.Records);
  const { outgoing, refused, elsewhere } = await address(found, dependencies);
  const illegible = await own(unreadable, dependencies);

  // A standard queue has no order, so its messages needn't wait for each other.
  const isBusy = await busyLanes(outgoing.filter(({ fifo }) => fifo).map(laneOfMessage), quarantine);
  const free = outgoing.filter(hasQueue).filter((message) => !message.fifo || !isBusy(laneOfMessage(message)));
  const reserveMs = Math.max(remainingMs() * RESERVE, remainingMs() - SENDING_MS);
  const queues = groupBy(free, ({ url }) => url);
  const refusals = (
    await Promise.all([...queues].map(([url, ofQueue]) => deliver(url, ofQueue, reserveMs, dependencies)))
  ).flat();
  const unsent = new Map<Outgoing, Refusal>(refusals.map((refusal) => [refusal.sending, refusal]));
  const sent = new Set<Outgoing>(free.filter((message) => !unsent.has(message)));
  const rejected = refusals.filter((refusal) => !isRetryable(refusal));

  const held = [...illegible, ...refused, ...rejected.map(rejectedMessage)];
  for (const message of held) log({ level: 'ERROR', message: 'held', ...refusedFacts(message) });
  const hopeless = new Set<Outgoing>(rejected.map(({ sending }) => sending));
  const waiting = outgoing.filter((message) => !sent.has(message) && !hopeless.has(message));
  log({
    message: 'relayed',
    records: event.Records.length,
    sent: sent.size,
    held: held.length,
    waiting: waiting.length,
    ...(waiting.length === 0 ? {} : { level: 'WARN', codes: codesOf(waiting, unsent) }),
    messages: [...sent].map(({ id, to, correlationId }) => ({ id, to, correlation_id: correlationId })),
    ...(elsewhere === 0 ? {} : { elsewhere }),
  });
  await keep(
    waiting.map((message) => waitingEntry(message, now())),
    held.map((message) => heldEntry(message, now())),
    quarantine,
  );
}

function hasQueue(message: Outgoing): message is Sending {
  return 'url' in message;
}

/** The reasons why messages wait, by target: codes of SQS and of the relay. */
function codesOf(waiting: readonly Outgoing[], refusals: ReadonlyMap<Outgoing, Refusal>): Record<string, string[]> {
  const codes: Record<string, string[]> = {};
  for (const [to, messages] of groupBy(waiting, (message) => message.to)) {
    const all = messages.map(
      (message) => refusals.get(message)?.code ?? (hasQueue(message) ? 'Behind' : 'NotDeployed'),
    );
    codes[to] = [...new Set(all)];
  }
  return codes;
}

/** Writes all entries. @throws Error that says how many there were */
async function keep(
  waiting: readonly QuarantineEntry[],
  held: readonly QuarantineEntry[],
  quarantine: RelayDependencies['quarantine'],
): Promise<void> {
  try {
    await Promise.all([append(waiting, quarantine), inParallel(held, (entry) => quarantine.put(entry))]);
  } catch (error) {
    const name = error instanceof Error ? error.name : String(error);
    throw new Error(
      `the quarantine must take ${waiting.length + held.length} messages, got ${name}; the stream delivers the batch again`,
      { cause: error },
    );
  }
}

/**
 * Finds the queue of each message. Messages of one shard keep their order. Messages for targets of
 * another relay are left to it.
 */
async function address(
  found: readonly FoundMessage[],
  { entryOf }: RelayDependencies,
): Promise<{ readonly outgoing: Outgoing[]; readonly refused: RefusedMessage[]; readonly elsewhere: number }> {
  const ofShards = await Promise.all(
    [...groupBy(found, ({ shard }) => shard)].map(async ([shard, messages]) => {
      const entry = await entryOf(shard, new Set(messages.map(({ message }) => message.to)));
      const mine = messages.filter(({ message }) => !isElsewhere(message.to, entry));
      return mine.map((message) => addressed(message, entry));
    }),
  );
  const results = ofShards.flat();
  return {
    outgoing: results.filter((result) => 'fifo' in result),
    refused: results.filter((result) => 'reason' in result),
    elsewhere: found.length - results.length,
  };
}

/**
 * Selects the messages without a target that this relay must hold, because no other relay of their
 * table does.
 */
async function own(messages: readonly RefusedMessage[], { entryOf }: RelayDependencies): Promise<RefusedMessage[]> {
  const ofShards = await Promise.all(
    [...groupBy(messages, ({ shard }) => shard)].map(async ([shard, ofShard]) => {
      const { leavesUnknown } = await entryOf(shard, new Set());
      return leavesUnknown === true ? [] : ofShard;
    }),
  );
  return ofShards.flat();
}
