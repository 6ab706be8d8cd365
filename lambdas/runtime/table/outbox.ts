import { MAX_OUTBOX_BYTES, MAX_OUTBOX_MESSAGES, type OutboxMessage } from '../../../lib/protocol';
import { UsageError } from './errors';
import type { OutboxInput } from './types';

/**
 * The outbox attribute's text, or undefined if there is nothing to send.
 * @throws UsageError if it is over a limit or holds what JSON can't
 */
export function packOutbox(messages: readonly OutboxInput[] | undefined, newId: () => string): string | undefined {
  if (messages === undefined || messages.length === 0) return undefined;
  if (messages.length > MAX_OUTBOX_MESSAGES) {
    throw new UsageError(`outbox: a write may publish at most ${MAX_OUTBOX_MESSAGES} messages, got ${messages.length}`);
  }
  const packed = messages.map((message, i): OutboxMessage => {
    const { to, body, group, id } = message;
    if (typeof to !== 'string' || to === '')
      throw new UsageError(`outbox[${i}]: 'to' must be the name of a worker, got ${JSON.stringify(to)}`);
    if (group === '' || id === '') throw new UsageError(`outbox[${i}]: group and id must not be empty`);
    if (JSON.stringify(body) === undefined)
      throw new UsageError(`outbox[${i}]: body must be a JSON value, got ${typeof body}`);
    return { id: id ?? newId(), to, body, ...(group === undefined ? {} : { group }) };
  });
  const text = JSON.stringify(packed);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_OUTBOX_BYTES) {
    throw new UsageError(
      `outbox: messages of one write may have ${MAX_OUTBOX_BYTES} bytes of JSON, got ${bytes}; store what is large and send its address`,
    );
  }
  return text;
}
