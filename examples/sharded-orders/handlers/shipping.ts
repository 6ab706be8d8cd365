import { once, schema, table, worker } from '../../../lambdas/runtime';

interface Order {
  readonly customerId: string;
  readonly orderId: string;
  readonly status: 'placed' | 'shipped';
}

const orders = table<Order, 'customerId' | 'orderId'>('Orders');
const Placed = schema.object({ customerId: schema.string(), orderId: schema.string() });

/** Ships an order once, however often SQS delivers its message. */
export const handler = worker(
  once(orders, 'shipping', { when: { status: 'placed' } }, { set: { status: 'shipped' } }),
  { schema: Placed },
);
