import { instantOf } from './instant';

/**
 * Keys of the orders table. An order's sort key is its id, which never contains `#`. Everything
 * else about an order is in the same partition under another prefix, so one shard answers for a
 * customer.
 */
export interface OrdersKey {
  readonly customerId: string;
  readonly orderId: string;
}

/** The payment of an order. */
export const paymentKey = (customerId: string, orderId: string): OrdersKey => ({
  customerId,
  orderId: `payment#${orderId}`,
});

/** Prefix of the sort keys of a customer's list. */
export const LIST_PREFIX = 'placed#';

/** The order's entry in its customer's list, which is sorted by instant. */
export const listKey = (customerId: string, placedAt: string, orderId: string): OrdersKey => ({
  customerId,
  orderId: `${LIST_PREFIX}${instantOf(placedAt)}#${orderId}`,
});

/** Id of the order that an entry of the list refers to. */
export const listedOrderId = (sortKey: string): string => sortKey.slice(sortKey.lastIndexOf('#') + 1);

/** Claims an invoice number of the point of sale for one customer: no other order can have it. */
export const claimKey = (orderId: string): OrdersKey => ({ customerId: `claim#${orderId}`, orderId: 'claim' });

/** Key of an order's mail in the outbox bucket. */
export const mailKey = (orderId: string): string => `mail/${orderId}.eml`;

/** Key of an order's invoice or credit note in the bucket of documents. */
export const invoiceKey = (orderId: string): string => `invoices/${orderId}.pdf`;
