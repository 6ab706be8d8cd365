/** An error that the user can correct. It is printed as one line, without a stack trace. */
export class RedriveError extends Error {
  public override readonly name: string = 'RedriveError';
}

/** An error of the redrive function: the request is valid, but can't be fulfilled. */
export class RefusedError extends RedriveError {
  public override readonly name = 'RefusedError';
}
