/**
 * An error in the options or the file that the user can correct. It is printed as one line, without
 * a stack trace.
 */
export class CapacityError extends Error {}
