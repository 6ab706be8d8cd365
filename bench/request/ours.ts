import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Connection, HttpError, ifAbsent, json, routes, schema, table } from '../../lambdas/runtime';

/** Replacements for the SDK and the token verifier. The worker sets them in the mode `own`. */
const { own } = globalThis as {
  own?: { verify(): Promise<Record<string, unknown>>; send(command: object): Promise<object> };
};

const Order = schema.object({
  lines: schema.array(
    schema.object({ sku: schema.string({ min: 1, max: 20 }), quantity: schema.integer({ min: 1, max: 1000 }) }),
    { min: 1, max: 100 },
  ),
});

const orders = table(
  'Orders',
  own ? { connection: new Connection({}, { client: { send: own.send } as unknown as DynamoDBClient }) } : {},
);

export const handler = routes(
  {
    'GET /orders/{orderId}': {
      caller: 'person',
      handle: async ({ caller, params }) => {
        const order = await orders.get({ customerId: caller.id, orderId: params.orderId });
        if (order === undefined) throw new HttpError(404, 'unknown_order', 'there is no such order');
        return json(200, order);
      },
    },
    'POST /orders': {
      caller: 'person',
      body: Order,
      handle: async ({ caller, body, requestId }) => {
        const order = { customerId: caller.id, orderId: requestId, status: 'placed', lines: body.lines };
        await orders.put(order, { condition: ifAbsent('orderId') });
        return json(201, { orderId: requestId });
      },
    },
  },
  own ? { verifier: { verify: own.verify } } : {},
);
