/**
 * Thrown by a handler if a message must wait, although nothing is wrong with it: a partner refuses
 * further calls for now, or another delivery of the message is at work. The wait isn't a failure.
 */
export class TryLater extends Error {
  override readonly name = 'TryLater';

  /**
   * @param seconds until SQS redelivers the message
   * @param message is logged, so it must quote no values of keys or persons
   */
  constructor(
    readonly seconds: number,
    message = 'the message must wait',
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    if (!(seconds >= 0)) throw new RangeError(`seconds of TryLater must be 0 or more, got ${seconds}`);
  }
}
