import type { DynamoDBStreamEvent } from 'aws-lambda';
import { batches } from './batches';
import { cut, type Poison, readOutboxes, type Sending } from './read-outboxes';
import { sqsJson } from './sqs-text';
import type { Topics } from './topics';

/** A message that a queue didn't take. */
export interface Refusal {
  readonly sending: Sending;
  readonly code: string;
  readonly message: string;
}

/** What the relay needs of the world. */
export interface RelayWorld {
  readonly topics: Topics;
  /** URL of the queue for what can never be sent. */
  readonly deadLetters: string;
  /** Sends up to 10 messages to their queue. @returns those that it refused */
  readonly send: (url: string, sendings: readonly Sending[]) => Promise<Refusal[]>;
  readonly log: (line: Record<string, unknown>) => void;
}

/** Batches in flight to one standard queue. */
const PARALLEL_BATCHES = 4;

/** Refusals that no second try changes. All others, throttling and a missing right among them, may pass. */
const HOPELESS = new Set(['InvalidMessageContents', 'InvalidParameterValue', 'MissingParameter']);

/**
 * Sends what the outboxes of a batch of records hold, each message to the queue of its topic.
 *
 * If any message may still be sent later it throws, and the whole batch comes again: a message then goes out twice with one id,
 * and the worker's idempotency drops the second. Poison goes to the dead letters and harms nobody else.
 * @throws Error with the number of messages that are still to be sent
 */
export async function relay(event: DynamoDBStreamEvent, world: RelayWorld): Promise<void> {
  const { sendings, poison } = readOutboxes(event.Records, world.topics);
  const queues = new Map<string, Sending[]>();
  for (const sending of sendings) {
    const queue = queues.get(sending.url);
    if (queue === undefined) queues.set(sending.url, [sending]);
    else queue.push(sending);
  }
  const refusals = (await Promise.all([...queues].map(([url, of]) => sendToQueue(url, of, world)))).flat();
  const hopeless = refusals.filter(({ code }) => HOPELESS.has(code));
  const pending = refusals.filter(({ code }) => !HOPELESS.has(code));

  const dead = [...poison, ...hopeless.map(toPoison)];
  for (const { content: _, ...facts } of dead) world.log({ level: 'ERROR', message: 'dead letter', ...facts });
  pending.push(...(await sendToQueue(world.deadLetters, dead.map(deadLetter(world.deadLetters)), world)));

  world.log({
    message: 'relayed',
    records: event.Records.length,
    sent: sendings.length - refusals.length,
    dead: dead.length,
    pending: pending.length,
  });
  if (pending.length > 0) {
    const { sending, code, message } = pending[0]!;
    throw new Error(
      `${pending.length} of ${sendings.length} messages are still to be sent, the first of topic '${sending.topic}': ${code} ${message}`,
    );
  }
}

/** Sends to one queue; a FIFO queue gets its batches in order and no more after a refusal. */
async function sendToQueue(url: string, sendings: readonly Sending[], world: RelayWorld): Promise<Refusal[]> {
  const waiting = batches(sendings);
  const refusals: Refusal[] = [];
  const fifo = sendings[0]?.fifo ?? false;
  async function next(): Promise<void> {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const refused = await trySend(url, batch, world);
      refusals.push(...refused);
      // What is behind a hopeless message needn't wait for it; what is behind one that will be sent later must.
      if (fifo && refused.some(({ code }) => !HOPELESS.has(code))) {
        refusals.push(...waiting.splice(0).flat().map(heldBack));
      }
    }
  }
  await Promise.all(Array.from({ length: fifo ? 1 : PARALLEL_BATCHES }, next));
  return refusals;
}

async function trySend(url: string, batch: readonly Sending[], world: RelayWorld): Promise<Refusal[]> {
  try {
    return await world.send(url, batch);
  } catch (error) {
    const { name, message } = error as Error;
    return batch.map((sending) => ({ sending, code: name, message }));
  }
}

function heldBack(sending: Sending): Refusal {
  return { sending, code: 'HeldBack', message: 'a message before it is still to be sent' };
}

function toPoison({ sending, code, message }: Refusal): Poison {
  return {
    reason: `the queue refused it: ${code} ${message}`,
    table: sending.table,
    sequenceNumber: sending.sequenceNumber,
    topic: sending.topic,
    id: sending.id,
    content: cut(sending.body),
  };
}

function deadLetter(url: string): (poison: Poison, index: number) => Sending {
  return (poison, index) => ({
    table: poison.table,
    sequenceNumber: poison.sequenceNumber,
    url,
    fifo: false,
    id: poison.id ?? `${poison.sequenceNumber}-${index}`,
    topic: poison.topic ?? 'unknown',
    body: sqsJson(poison),
  });
}
