/** Something that the person at the keyboard can set right: told in one line, without a stack trace, and the exit code is 1. */
export class LocalError extends Error {
  public override readonly name = 'LocalError';
}
