import { SQS } from '../../../lib/limits';
import type { Sending } from './read-outboxes';

/**
 * Puts the messages of one queue into as few batches as its rules allow: 10 messages and 1 MiB each. The batches of a FIFO queue are
 * sent one after the other, and none has two messages of a group: SQS may refuse one message of a batch and take the next, and the
 * group's order would be lost.
 */
export function batches(sendings: readonly Sending[]): Sending[][] {
  const result: { bytes: number; sendings: Sending[] }[] = [];
  /** For each group the first batch that its next message may go into. */
  const earliest = new Map<string, number>();
  /** Batches before this one are full. */
  let open = 0;
  for (const sending of sendings) {
    const bytes = Buffer.byteLength(sending.body);
    let at = Math.max(open, (sending.fifo ? earliest.get(sending.group!) : undefined) ?? 0);
    while (at < result.length && !fits(result[at]!, bytes)) at++;
    if (at >= result.length) {
      at = result.length;
      result.push({ bytes: 0, sendings: [] });
    }
    const batch = result[at]!;
    batch.bytes += bytes;
    batch.sendings.push(sending);
    if (sending.fifo) earliest.set(sending.group!, at + 1);
    while (open < result.length && result[open]!.sendings.length === SQS.MAX_BATCH_MESSAGES) open++;
  }
  return result.map((batch) => batch.sendings);
}

function fits(batch: { bytes: number; sendings: Sending[] }, bytes: number): boolean {
  return batch.sendings.length < SQS.MAX_BATCH_MESSAGES && batch.bytes + bytes <= SQS.MAX_MESSAGE_BYTES;
}
