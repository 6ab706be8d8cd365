/**
 * Thrown by a handler if a retry can't help. SQS redelivers the message without delay, so that it
 * soon reaches the dead-letter queue. The message text is logged, so it must quote no values of
 * keys or persons.
 */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
  }
}
