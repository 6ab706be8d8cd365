import { once, table, worker } from '../../../lambdas/runtime';
import type { Order } from '../order';
import { bookParcel, findParcel } from '../partners';

const orders = table<Order, 'customerId' | 'orderId'>('Orders');
const sent = (parcel: string, body: object) =>
  ({ set: { status: 'sent', parcel }, outbox: [{ to: 'Letters', body }] }) as const;

/** The courier has no keys, but can be asked. */
export const handler = worker(
  once(
    orders,
    'parcel',
    {
      when: { status: 'paid' },
      halfWay: {
        ask: async (order, { body, signal }) => {
          const parcel = await findParcel(order, signal);
          return parcel === undefined ? undefined : sent(parcel, body);
        },
      },
    },
    async (order, { body, signal }) => sent(await bookParcel(order, signal), body),
  ),
);
