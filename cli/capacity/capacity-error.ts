/**
 * A mistake in the options or the file that the user can correct. It is printed as one line,
 * without a stack.
 */
export class CapacityError extends Error {}
