/**
 * Partition keys of the orders table. Each kind of owner has its own prefix. So an issuer's
 * subject, a customer number and a guest never share a partition.
 */

/** ID of a person who signs in. `subject` is the `sub` of their token. */
export const personId = (subject: string): string => `person#${subject}`;

/** ID of a customer with a number at the point of sale. */
export const accountId = (customerNumber: string): string => `customer#${customerNumber}`;

/**
 * ID of a guest: a customer of one order without a number. Each guest has a separate partition, so
 * no partition gets too many requests.
 */
export const guestId = (orderId: string): string => `guest#${orderId}`;

/** Subject of a person's token. Undefined if the customer isn't a person who signs in. */
export function subjectOf(customerId: string): string | undefined {
  return customerId.startsWith('person#') ? customerId.slice('person#'.length) : undefined;
}

/** Text for the customer on an invoice. */
export function customerLabel(customerId: string): string {
  if (customerId.startsWith('guest#')) return 'Guest';
  return customerId.startsWith('customer#') ? customerId.slice('customer#'.length) : 'Web customer';
}
