import { instantOf } from './instant';

/**
 * Keys of the orders table. An order's sort key is its ID, which never contains `#`. Other items of
 * an order are in the same partition, with a prefix in the sort key. So all items of a customer are
 * in one shard.
 */
export interface OrdersKey {
  readonly customerId: string;
  readonly orderId: string;
}

/** Key of an order's payment. */
export const paymentKey = (customerId: string, orderId: string): OrdersKey => ({
  customerId,
  orderId: `payment#${orderId}`,
});

/** Prefix of the sort keys of a customer's list of orders. */
export const LIST_PREFIX = 'placed#';

/** Key of an order's entry in its customer's list, which is sorted by time. */
export const listKey = (customerId: string, placedAt: string, orderId: string): OrdersKey => ({
  customerId,
  orderId: `${LIST_PREFIX}${instantOf(placedAt)}#${orderId}`,
});

/** ID of the order to which an entry of the list refers. */
export const listedOrderId = (sortKey: string): string => sortKey.slice(sortKey.lastIndexOf('#') + 1);

/**
 * Key of the claim item for an invoice number of the point of sale (POS). The claim item prevents a
 * second order with the same number.
 */
export const claimKey = (orderId: string): OrdersKey => ({ customerId: `claim#${orderId}`, orderId: 'claim' });

/** Key of an order's mail in the outbox bucket. */
export const mailKey = (orderId: string): string => `mail/${orderId}.eml`;

/** Key of an order's invoice or credit note in the document store. */
export const invoiceKey = (orderId: string): string => `invoices/${orderId}.pdf`;
