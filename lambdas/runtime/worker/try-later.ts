/**
 * Thrown by a handler if a message must wait, although nothing is wrong with it: a partner refuses
 * further calls for now. The wait isn't a failure. It is a sign of overload, so the worker handles
 * fewer messages at the same time.
 */
export class TryLater extends Error {
  override readonly name = 'TryLater';

  /**
   * @param seconds until SQS redelivers the message, up to `capSeconds` of `retryDelay`
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

/** Another delivery of the message is being handled, so the wait isn't a sign of overload. */
export class StepBusy extends TryLater {}
