/** A mistake that its user can mend; printed as one line. */
export class CapacityError extends Error {}
