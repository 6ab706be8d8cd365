import { errorFields, type LogFields } from '../log';
import { mapBounded } from '../table/bounded';
import type { Timer } from './after';
import type { QueueRecord } from './records';
import type { SourceQueue } from './source-queue';
import type { Wait } from './waits';

/** Writes a warning. */
export type Warn = (event: string, fields: LogFields) => void;

/** Deletions in flight. */
const MAX_DELETIONS = 10;

/** Deletes messages. If a deletion fails, SQS redelivers the message. */
export async function deleteAll(
  records: readonly QueueRecord[],
  queue: SourceQueue,
  signal: AbortSignal,
  warn: Warn,
): Promise<void> {
  await mapBounded(records, MAX_DELETIONS, async ({ messageId, receiptHandle }) => {
    try {
      await queue.delete(receiptHandle, signal);
    } catch (error) {
      warn('delete', { messageId, ...errorFields(error) });
    }
  });
}

/**
 * Sets the time at which SQS redelivers messages. If a call fails, or the queue doesn't answer
 * before the timer ends, the queue's visibility timeout applies.
 */
export async function setWaits(
  waits: readonly Wait[],
  queue: SourceQueue,
  { promise: over, cancel }: Timer,
  warn: Warn,
): Promise<void> {
  const timeout = new AbortController();
  const calls = waits.map(async ({ record, seconds }) => {
    try {
      await queue.changeVisibility(record.receiptHandle, seconds, timeout.signal);
    } catch (error) {
      if (!timeout.signal.aborted) warn('visibility', { messageId: record.messageId, ...errorFields(error) });
    }
  });
  const late = await Promise.race([Promise.all(calls).then(() => false), over.then(() => true)]);
  cancel();
  if (!late) return;
  timeout.abort();
  warn('visibility', { reason: 'the queue did not answer in time; its visibility timeout applies' });
}
