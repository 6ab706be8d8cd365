/**
 * Partition keys of the orders table. Each kind of owner has its own prefix, so a subject of any
 * issuer, a customer number and a guest can never share a partition.
 */

/** A person who signs in: `subject` is the `sub` of their token. */
export const personId = (subject: string): string => `person#${subject}`;

/** A customer whom the point of sale knows by a number. */
export const accountId = (customerNumber: string): string => `customer#${customerNumber}`;

/**
 * A customer of one order without a number. Guests get a partition each, so they don't share a hot
 * one.
 */
export const guestId = (orderId: string): string => `guest#${orderId}`;

/** Subject of a person's token, or undefined if the customer is not a person who signs in. */
export function subjectOf(customerId: string): string | undefined {
  return customerId.startsWith('person#') ? customerId.slice('person#'.length) : undefined;
}

/** Customer as an invoice names them. */
export function customerLabel(customerId: string): string {
  if (customerId.startsWith('guest#')) return 'Guest';
  return customerId.startsWith('customer#') ? customerId.slice('customer#'.length) : 'Web customer';
}
