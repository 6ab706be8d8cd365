/**
 * Thrown by a message's handler when trying again can't help: the message comes back without delay until the queue hands it to
 * the dead letters, instead of waiting longer each time.
 */
export class PermanentFailure extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'PermanentFailure';
  }
}
