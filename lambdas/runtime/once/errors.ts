import { PermanentFailure } from '../worker/permanent-failure';

/**
 * Thrown by the effect of a step if nothing has happened: the partner refused the call, or can't be
 * reached. SQS redelivers the message, and the effect is run again.
 */
export class NotDone extends Error {
  override readonly name = 'NotDone';

  /** @param message is logged, so it must quote no values of keys or persons */
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
  }
}

/** The effect of a step may have happened, and its result isn't stored. A person must decide. */
export class StepHalfWay extends PermanentFailure {
  override readonly reason = 'half-way';
}

/** A message with another body has done the step of this item. */
export class KeyReused extends PermanentFailure {
  override readonly reason = 'key-reused';
}
