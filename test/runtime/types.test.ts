import { json, type Operation, routes, schema, table } from '../../lambdas/runtime';
import { packRoutes } from '../../lib/protocol';

const Basket = schema.object({
  lines: schema.array(
    schema.object({
      sku: schema.string(),
      quantity: schema.integer({ min: 1 }),
      note: schema.optional(schema.string()),
    }),
  ),
});

describe('types of routes()', () => {
  test('a handler sees the body as its schema makes it', async () => {
    const environment = {
      BREAKWATER_ROUTES: packRoutes([
        { method: 'GET', path: '/', access: ['anyone'] },
        { method: 'POST', path: '/baskets', access: ['anyone'], maxBody: 1000 },
      ]),
    };
    const handler = routes(
      {
        'GET /': () => json(200, {}),
        'POST /baskets': {
          body: Basket,
          handle: ({ body }) => {
            const quantity: number = body.lines[0]!.quantity;
            const note: string | undefined = body.lines[0]!.note;
            // @ts-expect-error: no such field
            const typo: string = body.lines[0]!.skew;
            return json(200, { quantity, note, typo });
          },
        },
      },
      { environment },
    );
    expect(typeof handler).toBe('function');
  });
});

describe('types of tables', () => {
  interface Order {
    readonly customerId: string;
    readonly orderId: string;
    readonly status?: 'placed' | 'paid';
  }

  test('an interface is enough of an item, and goes into transactions with others', () => {
    const orders = table<Order>('Orders');
    const anything = table('Anything');
    const read = async () =>
      (await orders.get({ customerId: 'a', orderId: '1' }))?.status satisfies 'placed' | 'paid' | undefined;
    const order: Order = { customerId: 'a', orderId: '1' };
    const operations: Operation[] = [
      { in: orders, put: order },
      { in: anything, update: { id: '1' }, set: { order } },
    ];
    // @ts-expect-error: an order needs its keys
    const wrong = () => orders.put({ status: 'paid' });
    expect([read, wrong, operations.length]).toHaveLength(3);
  });
});
