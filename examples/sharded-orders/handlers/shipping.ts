import { schema, table, worker } from '../../../lambdas/runtime';

const orders = table('Orders');
const Placed = schema.object({ customerId: schema.string(), orderId: schema.string() });

/** Setting the same state twice changes nothing, so a redelivered message does no harm. */
export const handler = worker(
  async ({ body }) => {
    await orders.update(body, { set: { status: 'shipped' } });
  },
  { schema: Placed },
);
