import type { Envelope, QuarantineReason } from '../../../lib/protocol';
import { type QueueRecord, sentAt } from './records';

/**
 * Milliseconds by which the clock of a sender may be ahead. AWS refuses signed requests with larger
 * differences.
 */
export const MAX_CLOCK_SKEW_MS = 15 * 60_000;

/** A message that must not be handled because of its time. */
export interface WrongTime {
  readonly reason: QuarantineReason;
  /** Description without values. */
  readonly text: string;
}

/**
 * Whether a message is future-dated or too old. Its `time` counts, because it may have waited for
 * its target before it was sent. If the text isn't a time, the time at which it was sent counts.
 */
export function wrongTime(
  { time }: Envelope,
  record: QueueRecord,
  { maxAgeMs, now }: { readonly maxAgeMs: number; readonly now: () => number },
): WrongTime | undefined {
  const ageMs = now() - (Date.parse(time) || sentAt(record));
  const seconds = Math.round(Math.abs(ageMs) / 1_000);
  if (ageMs < -MAX_CLOCK_SKEW_MS) {
    const limit = MAX_CLOCK_SKEW_MS / 1_000;
    return { reason: 'future-dated', text: `its time must be at most ${limit} s in the future, got ${seconds} s` };
  }
  if (ageMs > maxAgeMs) {
    return { reason: 'too-old', text: `it must be at most ${maxAgeMs / 1_000} s old, got ${seconds} s` };
  }
  return undefined;
}
