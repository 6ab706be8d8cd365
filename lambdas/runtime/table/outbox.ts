import {
  isPersonId,
  MAX_OUTBOX_BYTES,
  MAX_OUTBOX_MESSAGES,
  MAX_PERSON_ID,
  type OpenShardMap,
  type OutboxMessage,
  type TraceContext,
} from '../../../lib/protocol';
import { TargetUnknown, UsageError } from './errors';
import type { OutboxInput } from './types';

/** The chain of requests and messages that a write is part of. */
export interface Chain {
  readonly correlationId?: string | undefined;
  readonly trace?: TraceContext | undefined;
}

/** The messages of a write. */
export interface PackedOutbox {
  /** Text of the outbox attribute. */
  readonly text: string;
  readonly messages: readonly OutboxMessage[];
}

/**
 * Adds an ID to each message, and packs the messages for the outbox attribute.
 * @returns undefined if there are no messages
 * @throws UsageError if a limit is exceeded, or if a value isn't a JSON value
 */
export function packOutbox(
  inputs: readonly OutboxInput[] | undefined,
  newId: () => string,
  chain: Chain = {},
): PackedOutbox | undefined {
  if (inputs === undefined || inputs.length === 0) return undefined;
  if (inputs.length > MAX_OUTBOX_MESSAGES) {
    throw new UsageError(`outbox: a write may publish at most ${MAX_OUTBOX_MESSAGES} messages, got ${inputs.length}`);
  }
  const { correlationId, trace } = chain;
  const messages = inputs.map((message, i): OutboxMessage => {
    const { to, body, group, about, id } = message;
    if (typeof to !== 'string' || to === '')
      throw new UsageError(
        `outbox[${i}]: 'to' must be the name of a target, got ${to === '' ? 'an empty string' : typeof to}`,
      );
    if (group === '' || id === '') throw new UsageError(`outbox[${i}]: 'group' and 'id' must not be empty`);
    if (about !== undefined && !isPersonId(about))
      throw new UsageError(`outbox[${i}]: 'about' must have 1 to ${MAX_PERSON_ID} characters`);
    if (JSON.stringify(body) === undefined)
      throw new UsageError(`outbox[${i}]: 'body' must be a JSON value, got ${typeof body}`);
    return {
      id: id ?? newId(),
      to,
      body,
      ...(group === undefined ? {} : { group }),
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(trace === undefined ? {} : { trace }),
      ...(about === undefined ? {} : { about }),
    };
  });
  const text = JSON.stringify(messages);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_OUTBOX_BYTES) {
    throw new UsageError(
      `outbox: the messages of one write must have at most ${MAX_OUTBOX_BYTES} bytes of JSON, got ${bytes}; put large values into a document and send its key`,
    );
  }
  return { text, messages };
}

/**
 * Refuses messages before they are stored, if the relay couldn't send them.
 * @throws TargetUnknown if the map doesn't contain the target; the caller can retry with a newer
 * map
 * @throws UsageError if a message for a FIFO target has no group
 */
export function checkTargets({ table, targets }: OpenShardMap, messages: readonly OutboxMessage[]): void {
  if (targets === undefined) return;
  for (const [i, { to, group }] of messages.entries()) {
    const target = Object.hasOwn(targets, to) ? targets[to] : undefined;
    if (target === undefined) {
      const known = Object.keys(targets).join(', ') || 'none';
      throw new TargetUnknown(
        `outbox[${i}]: '${table}' must publish to '${to}', got targets ${known}: declare it with publishTo()`,
      );
    }
    if (target.fifo && group === undefined)
      throw new UsageError(
        `outbox[${i}]: 'group' must be set, because '${to}' has a FIFO queue, which orders messages by group`,
      );
  }
}
