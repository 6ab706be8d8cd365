import { ConditionFailed, HttpError, ifAbsent, json, routes, schema, table } from '../../../lambdas/runtime';

const orders = table('Orders');
const Order = schema.object({ sku: schema.string(), quantity: schema.integer({ min: 1, max: 100 }) });

export const handler = routes({
  'PUT /orders/{orderId}': {
    caller: 'person',
    body: Order,
    async handle({ caller, params, body }) {
      const key = { customerId: caller.id, orderId: params.orderId }; // in the caller's own partition
      try {
        await orders.put(
          { ...key, ...body, status: 'placed' },
          { condition: ifAbsent('orderId'), outbox: [{ to: 'Shipping', body: key, group: key.customerId }] },
        );
      } catch (error) {
        // The caller chose the ID, so a repeated request doesn't create a second order.
        if (!(error instanceof ConditionFailed)) throw error;
      }
      return json(201, key);
    },
  },

  'GET /orders/{orderId}': {
    caller: 'person',
    async handle({ caller, params }) {
      const order = await orders.get({ customerId: caller.id, orderId: params.orderId });
      if (!order) throw new HttpError(404, 'unknown_order', 'there is no such order');
      return json(200, order);
    },
  },
});
