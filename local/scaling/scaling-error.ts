/** Errors of Application Auto Scaling that the fake gives, as its API reference names them. */
export type ScalingErrorCode =
  | 'ValidationException'
  | 'ObjectNotFoundException'
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'SerializationException'
  | 'UnknownOperationException';

/** An answer that refuses a request. */
export class ScalingError extends Error {
  public override readonly name = 'ScalingError';
  public constructor(
    public readonly code: ScalingErrorCode,
    message: string,
  ) {
    super(message);
  }
}

export function refused(message: string): ScalingError {
  return new ScalingError('ValidationException', message);
}
