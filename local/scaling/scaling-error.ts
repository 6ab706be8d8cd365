/** Error types of Application Auto Scaling that the fake uses. */
export type ScalingErrorCode =
  | 'ValidationException'
  | 'ObjectNotFoundException'
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'SerializationException'
  | 'UnknownOperationException';

/** The error of a refused request. */
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
