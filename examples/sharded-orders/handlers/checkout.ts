import {
  ConditionFailed,
  HttpError,
  ifAbsent,
  json,
  type RouteRequest,
  routes,
  schema,
  table,
} from '../../../lambdas/runtime';

const orders = table('Orders');
const Order = schema.object({ sku: schema.string(), quantity: schema.integer({ min: 1, max: 100 }) });

export const handler = routes({
  'PUT /orders/{orderId}': {
    body: Order,
    async handle(request) {
      const key = keyOf(request);
      try {
        await orders.put(
          { ...key, ...request.body, status: 'placed' },
          { condition: ifAbsent('orderId'), outbox: [{ to: 'Shipping', body: key, group: key.customerId }] },
        );
      } catch (error) {
        // The caller chose the id, so the same order again is no second one.
        if (!(error instanceof ConditionFailed)) throw error;
      }
      return json(201, key);
    },
  },

  async 'GET /orders/{orderId}'(request) {
    const order = await orders.get(keyOf(request));
    if (!order) throw new HttpError(404, 'unknown_order', 'there is no such order');
    return json(200, order);
  },
});

/** The partition is the caller's own, whatever they ask for. */
function keyOf({ caller, params }: RouteRequest): { customerId: string; orderId: string } {
  if (caller.kind !== 'person') throw new HttpError(403, 'access_denied', 'orders belong to persons');
  return { customerId: caller.id, orderId: params['orderId']! };
}
