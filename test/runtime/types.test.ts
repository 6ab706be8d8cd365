import { json, routes, schema } from '../../lambdas/runtime';

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
      BREAKWATER_ROUTES: JSON.stringify([
        { m: 'GET', p: '/', a: ['anyone'] },
        { m: 'POST', p: '/baskets', a: ['anyone'], b: 1000 },
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
