import type { DynamoDBStreamEvent } from 'aws-lambda';
import { type DeliveryWorld, deliver, isHopeless, type Refusal } from './delivery';
import { cut, type Poison, readOutboxes, type Sending } from './read-outboxes';
import { sqsJson } from './sqs-text';
import type { Topics } from './topics';

/** What the relay needs of the world. */
export interface RelayWorld extends DeliveryWorld {
  readonly topics: Topics;
  /** URL of the queue for what can't be sent. */
  readonly deadLetters: string;
  readonly log: (line: Record<string, unknown>) => void;
}

/** The part of the remaining time that is kept for parking, and of that again for the end. */
const RESERVE = 1 / 3;

/** An error's text, a target's name or an id may be long, and a dead letter must hold the message as well. */
const MAX_FACT = 500;

/**
 * Sends what the outboxes of a batch of records hold, each message to the queue of its target.
 *
 * A queue that refuses is tried again for two thirds of the time. What it still hasn't taken then is parked in the dead letters with its
 * content, and the batch is done: throwing would send everything to all other queues once more, and hold up the shard for all of them.
 * Of a FIFO queue, the later messages of a group are parked with the one that was refused.
 * @throws Error with the number of messages if the dead letters can't be written either: then the whole batch comes again, a message
 * may go out twice with one id, and the worker's idempotency drops the second
 */
export async function relay(event: DynamoDBStreamEvent, world: RelayWorld): Promise<void> {
  const { sendings, poison } = readOutboxes(event.Records, world.topics);
  const queues = new Map<string, Sending[]>();
  for (const sending of sendings) {
    const queue = queues.get(sending.url);
    if (queue === undefined) queues.set(sending.url, [sending]);
    else queue.push(sending);
  }
  const reserve = world.remainingMs() * RESERVE;
  const refusals = (await Promise.all([...queues].map(([url, of]) => deliver(url, of, reserve, world)))).flat();

  const dead = [...poison, ...refusals.map(toPoison)].map(bounded);
  for (const { content: _, ...facts } of dead) world.log({ level: 'ERROR', message: 'dead letter', ...facts });
  const letters = dead.map(deadLetter(world.deadLetters));
  const pending = await deliver(world.deadLetters, letters, world.remainingMs() * RESERVE, world);

  const parked = refusals.filter((refusal) => !isHopeless(refusal)).length;
  world.log({
    message: 'relayed',
    records: event.Records.length,
    sent: sendings.length - refusals.length,
    dead: dead.length - parked,
    parked,
    pending: pending.length,
  });
  if (pending.length > 0) {
    const { sending, code, message } = pending[0]!;
    throw new Error(
      `${pending.length} of ${dead.length} messages can neither be sent nor parked, the first to '${sending.to}': ${code} ${message}`,
    );
  }
}

function toPoison(refusal: Refusal): Poison {
  const { sending, code, message } = refusal;
  const tried = isHopeless(refusal) ? 'refused it' : 'did not take it in time';
  return {
    reason: `the queue ${tried}: ${code} ${message}`,
    table: sending.table,
    sequenceNumber: sending.sequenceNumber,
    index: sending.index,
    to: sending.to,
    id: sending.id,
    content: cut(sending.body),
  };
}

function bounded(poison: Poison): Poison {
  const { reason, to, id } = poison;
  return {
    ...poison,
    reason: reason.slice(0, MAX_FACT),
    ...(to === undefined ? {} : { to: to.slice(0, MAX_FACT) }),
    ...(id === undefined ? {} : { id: id.slice(0, MAX_FACT) }),
  };
}

function deadLetter(url: string): (poison: Poison, index: number) => Sending {
  return (poison, index) => ({
    table: poison.table,
    sequenceNumber: poison.sequenceNumber,
    index: poison.index,
    url,
    fifo: false,
    id: poison.id ?? `${poison.sequenceNumber}-${index}`,
    to: poison.to ?? 'unknown',
    body: sqsJson(poison),
  });
}
