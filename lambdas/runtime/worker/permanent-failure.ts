import type { QuarantineReason } from '../../../lib/protocol';

/**
 * Thrown by a handler if a retry can't help. The worker moves the message to the quarantine at
 * once. Without a quarantine, SQS redelivers it without delay, so that it soon reaches the
 * dead-letter queue. The message text is logged, so it must quote no values of keys or persons.
 */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
  /** Reason in the message's entry of the quarantine. */
  readonly reason: QuarantineReason = 'permanent';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
  }
}
