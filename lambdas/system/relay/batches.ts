import { SQS } from '../../../lib/limits';
import type { Sending } from './address';

/**
 * Groups the messages of one queue into few batches of at most 10 messages and 1 MiB each.
 *
 * No batch of a FIFO queue contains two messages of a group, and its batches are sent one after the
 * other. SQS may reject one message of a batch and accept the next, which would break the group's
 * order.
 */
export function batches(sendings: readonly Sending[]): Sending[][] {
  const result: { bytes: number; readonly sendings: Sending[] }[] = [];
  /** For each group, the first batch that may contain its next message. */
  const earliest = new Map<string, number>();
  /** All batches before this one are full. */
  let open = 0;
  for (const sending of sendings) {
    const bytes = Buffer.byteLength(sending.body);
    const group = sending.fifo ? (sending.group ?? '') : undefined;
    let at = Math.max(open, (group === undefined ? undefined : earliest.get(group)) ?? 0);
    let batch = result[at];
    while (batch !== undefined && !fits(batch, bytes)) batch = result[++at];
    if (batch === undefined) {
      batch = { bytes: 0, sendings: [] };
      result.push(batch);
    }
    batch.bytes += bytes;
    batch.sendings.push(sending);
    if (group !== undefined) earliest.set(group, at + 1);
    while (result[open]?.sendings.length === SQS.MAX_BATCH_MESSAGES) open++;
  }
  return result.map((batch) => batch.sendings);
}

function fits(batch: { readonly bytes: number; readonly sendings: readonly Sending[] }, bytes: number): boolean {
  return batch.sendings.length < SQS.MAX_BATCH_MESSAGES && batch.bytes + bytes <= SQS.MAX_MESSAGE_BYTES;
}
