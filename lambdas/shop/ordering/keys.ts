/**
 * Sort keys of the orders table. An order lies under its own id, which never has a `#`; what belongs to it lies beside
 * it in the customer's partition, so that one shard answers for a customer.
 */
export interface OrdersKey {
  readonly customerId: string;
  readonly orderId: string;
}

/** What an item of the orders table is: its `item` attribute. */
export type OrdersItemKind = 'order' | 'payment' | 'entry' | 'claim';

/** The payment of an order. */
export const paymentKey = (customerId: string, orderId: string): OrdersKey => ({
  customerId,
  orderId: `payment#${orderId}`,
});

/** Sort keys of a customer's list start so. */
export const LIST_PREFIX = 'placed#';

/** The order's line in its customer's list, which is sorted by time. */
export const listKey = (customerId: string, placedAt: string, orderId: string): OrdersKey => ({
  customerId,
  orderId: `${LIST_PREFIX}${placedAt}#${orderId}`,
});

/** Id of the order that a line of the list stands for. */
export const listedOrderId = (sortKey: string): string => sortKey.slice(sortKey.lastIndexOf('#') + 1);

/** Claims a till's invoice number for one customer: no other order, of whomever, can have it. */
export const claimKey = (orderId: string): OrdersKey => ({ customerId: `claim#${orderId}`, orderId: 'claim' });
