import { once, table, worker } from '../../../lambdas/runtime';
import type { Order } from '../order';
import { printLetter } from '../partners';

const orders = table<Order, 'customerId' | 'orderId'>('Orders');

/** The printer has no keys and can't be asked, so a person decides about a second letter. */
export const handler = worker(
  once(orders, 'letter', { when: { status: 'sent' }, halfWay: 'hold' }, async ({ parcel }, { signal }) => {
    await printLetter(`Your parcel ${parcel} is on its way.`, signal);
    return { set: { status: 'complete' } };
  }),
);
