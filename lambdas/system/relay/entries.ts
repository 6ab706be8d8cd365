import {
  heldKey,
  isTargetName,
  MAX_QUARANTINE_CONTENT_BYTES,
  NO_TARGET,
  parsePositionKey,
  positionKey,
  printableId,
  type QuarantineEntry,
  type QueueAddress,
  quarantineEnd,
  waitingKey,
} from '../../../lib/protocol';
import { boundedId, MAX_FACT } from '../../runtime/worker/entry-facts';
import type { Outgoing, Sending } from './address';
import type { Refusal } from './delivery';
import type { Lane } from './lanes';
import type { Place, RefusedMessage } from './refused-message';
import { sqsId } from './sqs-text';

/** Ordered group of a message: its FIFO group, or the message alone. */
export function laneOfMessage({ to, fifo, group, id }: Outgoing): Lane {
  return { target: to, lane: (fifo ? group : undefined) ?? sqsId(id) };
}

/** A message that waits for its target. @param now milliseconds since 1970 */
export function waitingEntry(message: Outgoing, now: number): QuarantineEntry {
  const { to, id, body, time, shard, group, correlationId, about } = message;
  const { lane } = laneOfMessage(message);
  return {
    pk: waitingKey(to),
    sk: positionKey({ lane, ...positionOf(message) }),
    id: boundedId(id),
    to,
    content: body,
    ...(group === undefined ? {} : { group }),
    state: 'waiting',
    receives: 0,
    first: time,
    at: new Date(now).toISOString(),
    ...(correlationId === undefined ? {} : { correlationId: boundedId(correlationId) }),
    ...(about === undefined ? {} : { about }),
    shard,
  };
}

/** A message that can't be sent, for a person to decide. @param now milliseconds since 1970 */
export function heldEntry(message: RefusedMessage, now: number): QuarantineEntry {
  const { sequenceNumber, index, time, shard, group, correlationId, about, code, reason, error, content } = message;
  const position = `${sequenceNumber}-${index}`;
  // The ID of a valid message is kept, because the message may be sent later.
  const id = reason === 'malformed' ? printableId(message.id ?? '') || position : boundedId(message.id || position);
  const to = isTargetName(message.to) ? message.to : NO_TARGET;
  return {
    pk: heldKey(to),
    sk: positionKey({ lane: sqsId(group ?? id), ...positionOf(message) }),
    id,
    to,
    content: fitContent(content),
    ...(group === undefined ? {} : { group }),
    reason,
    error: error.slice(0, MAX_FACT),
    fingerprint: `relay-${to === NO_TARGET ? 'none' : to}-${code}`,
    receives: 0,
    first: time,
    at: new Date(now).toISOString(),
    state: 'held',
    ...(correlationId === undefined ? {} : { correlationId: boundedId(correlationId) }),
    ...(about === undefined ? {} : { about }),
    shard,
    expires: quarantineEnd(now),
  };
}

/**
 * A message that its queue rejected for good. SQS's own text isn't kept, because it may quote the
 * message.
 */
export function rejectedMessage({ sending, code }: Refusal): RefusedMessage {
  const { shard, sequenceNumber, index, time, to, id, body, group, correlationId, about } = sending;
  return {
    shard,
    sequenceNumber,
    index,
    time,
    reason: 'rejected',
    code,
    error: `the queue rejected the message: ${code}`,
    to,
    id,
    ...(group === undefined ? {} : { group }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(about === undefined ? {} : { about }),
    content: body,
  };
}

/**
 * A waiting entry that can no longer be sent, because its table doesn't declare the target any
 * more.
 */
export function undeclaredMessage(entry: QuarantineEntry, code: string, error: string): RefusedMessage {
  // The message has no queue.
  const sending = sendingOf(entry, { url: '', fifo: false });
  return { ...rejectedMessage({ sending, code, message: '' }), reason: 'undeclared', error };
}

/** A waiting entry as its queue gets it. */
export function sendingOf(entry: QuarantineEntry, { url, fifo }: QueueAddress): Sending {
  const { id, to, content, group, first, shard = '', correlationId, about } = entry;
  const { time = first, sequence = '', index = 0 } = parsePositionKey(entry.sk) ?? {};
  return {
    shard,
    sequenceNumber: sequence,
    index,
    time,
    url,
    fifo,
    id,
    to,
    body: content,
    ...(group === undefined ? {} : { group }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(about === undefined ? {} : { about }),
    ...(fifo ? { deduplication: sqsId(id) } : {}),
  };
}

function positionOf({ time, sequenceNumber, index }: Place) {
  return { time, sequence: sequenceNumber || '0', index };
}

/**
 * Cuts a text that is too long for an entry. A message that could be sent to a queue is never cut.
 */
function fitContent(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_QUARANTINE_CONTENT_BYTES) return text;
  return `${bytes.subarray(0, MAX_QUARANTINE_CONTENT_BYTES - 8).toString()}...`;
}
