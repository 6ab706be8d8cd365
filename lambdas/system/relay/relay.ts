import type { DynamoDBStreamEvent } from 'aws-lambda';
import { addressed, type Sending } from './address';
import { type DeadLetter, deadLetterFacts, deadLetterText, fitContent } from './dead-letter';
import { type DeliveryDependencies, deliver, isRetryable, type Refusal } from './delivery';
import { groupBy } from './group-by';
import { isElsewhere, type Publishing } from './publishing-cache';
import { type FoundMessage, readOutboxes } from './read-outboxes';

/** Dependencies of the relay. Tests replace them. */
export interface RelayDependencies extends DeliveryDependencies {
  /**
   * Returns the map table's entry of a shard. It must be new enough to contain `names`, if they are
   * declared.
   * @throws Error if there is none
   */
  readonly entryOf: (shard: string, names: ReadonlySet<string>) => Promise<Publishing>;
  /** URL of the relay's dead-letter queue. */
  readonly deadLetterQueue: string;
  readonly log: (line: Record<string, unknown>) => void;
}

/**
 * Share of the remaining time that is reserved for the dead-letter queue. The same share of that
 * time is reserved for the end.
 */
const RESERVE = 1 / 3;

/**
 * Sends the outbox messages of a batch of records, each to the queue of its target.
 *
 * If a queue rejects messages, the relay retries for two thirds of its time. Then it moves them to
 * its dead-letter queue, and the batch counts as done. If the relay failed instead, Lambda would
 * retry the whole batch: other queues would get their messages twice, and later records of the
 * shard would wait. If a message of a FIFO group is moved, the later messages of its group in the
 * batch are moved too.
 *
 * @throws Error if the map table has no entry for a shard, or if the dead-letter queue rejects
 * messages too. Lambda then retries the whole batch, so messages may be delivered twice with the
 * same ID.
 */
export async function relay(event: DynamoDBStreamEvent, dependencies: RelayDependencies): Promise<void> {
  const { deadLetterQueue, log } = dependencies;
  const { found, unreadable } = readOutboxes(event.Records);
  const { sendings, rejected, elsewhere } = await address(found, dependencies);
  const illegible = await own(unreadable, dependencies);
  const reserveMs = dependencies.remainingMs() * RESERVE;
  const queues = groupBy(sendings, ({ url }) => url);
  const refusals = (
    await Promise.all([...queues].map(([url, ofQueue]) => deliver(url, ofQueue, reserveMs, dependencies)))
  ).flat();

  const dead = [...illegible, ...rejected, ...refusals.map(toDeadLetter)];
  for (const letter of dead) log({ level: 'ERROR', message: 'dead letter', ...deadLetterFacts(letter) });
  const letters = dead.map((letter, i) => toSending(letter, i, deadLetterQueue));
  const pending = await deliver(deadLetterQueue, letters, dependencies.remainingMs() * RESERVE, dependencies);

  const undelivered = refusals.filter(isRetryable).length;
  const refused = new Set(refusals.map(({ sending }) => sending));
  const sent = sendings.filter((sending) => !refused.has(sending));
  log({
    message: 'relayed',
    records: event.Records.length,
    sent: sent.length,
    rejected: dead.length - undelivered,
    undelivered,
    pending: pending.length,
    messages: sent.map(({ id, to, correlationId }) => ({ id, to, correlationId })),
    ...(elsewhere === 0 ? {} : { elsewhere }),
  });
  const [first] = pending;
  if (first !== undefined) {
    throw new Error(
      `the dead-letter queue must take ${dead.length} messages, got ${pending.length} rejected, the first with ${first.code}; the stream delivers the batch again`,
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
): Promise<{ readonly sendings: Sending[]; readonly rejected: DeadLetter[]; readonly elsewhere: number }> {
  const ofShards = await Promise.all(
    [...groupBy(found, ({ shard }) => shard)].map(async ([shard, messages]) => {
      const entry = await entryOf(shard, new Set(messages.map(({ message }) => message.to)));
      const mine = messages.filter(({ message }) => !isElsewhere(message.to, entry));
      return mine.map((message) => addressed(message, entry));
    }),
  );
  const results = ofShards.flat();
  return {
    sendings: results.filter((result) => 'url' in result),
    rejected: results.filter((result) => 'reason' in result),
    elsewhere: found.length - results.length,
  };
}

/** Of letters that name no target, those that no other relay of their table takes care of. */
async function own(letters: readonly DeadLetter[], { entryOf }: RelayDependencies): Promise<DeadLetter[]> {
  const ofShards = await Promise.all(
    [...groupBy(letters, ({ shard }) => shard)].map(async ([shard, ofShard]) => {
      const { leavesUnknown } = await entryOf(shard, new Set());
      return leavesUnknown === true ? [] : ofShard;
    }),
  );
  return ofShards.flat();
}

function toDeadLetter(refusal: Refusal): DeadLetter {
  const { sending, code, message } = refusal;
  const { shard, sequenceNumber, index, to, id, body } = sending;
  const what = isRetryable(refusal) ? 'the queue did not take the message in time' : 'the queue rejected the message';
  return {
    shard,
    sequenceNumber,
    index,
    code,
    reason: `${what}: ${code} ${message}`,
    to,
    id,
    content: fitContent(body),
  };
}

function toSending(letter: DeadLetter, position: number, url: string): Sending {
  const { shard, sequenceNumber, index, to = 'unknown', id = `${sequenceNumber}-${position}` } = letter;
  return { shard, sequenceNumber, index, url, fifo: false, id, to, body: deadLetterText(letter) };
}
