/**
 * An error that the user can fix. It is shown in one line without a stack trace, and the exit code
 * is 1.
 */
export class LocalError extends Error {
  public override readonly name = 'LocalError';
}
