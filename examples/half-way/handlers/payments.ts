import { once, table, worker } from '../../../lambdas/runtime';
import type { Order } from '../order';
import { charge } from '../partners';

const orders = table<Order, 'customerId' | 'orderId'>('Orders');

/** The partner knows keys, so a payment that ended half-way is requested again. */
export const handler = worker(
  once(orders, 'payment', { when: { status: 'placed' }, halfWay: 'again' }, async (order, { body, signal }) => ({
    set: { status: 'paid', payment: await charge(order, signal) },
    outbox: [{ to: 'Parcels', body }],
  })),
);
