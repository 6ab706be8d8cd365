import {
  everyPage,
  ifAbsent,
  ifEquals,
  ifPresent,
  json,
  type Operation,
  routes,
  schema,
  table,
} from '../../lambdas/runtime';
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

  test('a handler sees the parameters of its path, the callers and the query that it states', () => {
    const environment = {
      BREAKWATER_ROUTES: packRoutes([
        { method: 'GET', path: '/orders/{orderId}', access: ['person'] },
        {
          method: 'GET',
          path: '/orders/{orderId}/lines/{line}',
          access: ['person'],
          query: { page: { maxLength: 2 } },
        },
        { method: 'PUT', path: '/orders/{orderId}', access: ['person', 'service:pos'], maxBody: 1000 },
        { method: 'GET', path: '/anything', access: ['anyone'], query: { q: { maxLength: 2 } } },
      ]),
      BREAKWATER_IDENTITY: JSON.stringify({ issuer: 'https://id.example.com', kind: 'cognito', servicePrefix: 'a/' }),
    };
    const handler = routes(
      {
        // @ts-expect-error: the parameter is orderId
        'GET /orders/{orderId}': ({ params }) => json(200, params.id),
        'GET /orders/{orderId}/lines/{line}': {
          caller: 'person',
          query: ['page'],
          handle: ({ params, caller, query }) => {
            const texts: string[] = [params.orderId, params.line, caller.id, caller.kind satisfies 'person'];
            const page: string | undefined = query.page;
            // @ts-expect-error: not stated
            const size = query.size;
            return json(200, { texts, page, size });
          },
        },
        'PUT /orders/{orderId}': {
          caller: ['person', 'service'],
          body: Basket,
          handle: ({ params, caller, body }) => {
            const who: string = caller.kind === 'person' ? caller.id : caller.name;
            // @ts-expect-error: a service has no claims
            const claims = caller.claims;
            return json(200, { who, claims, id: params.orderId, lines: body.lines.length });
          },
        },
        'GET /anything': ({ caller, query }) => {
          // @ts-expect-error: anyone has no id
          const id = caller.id;
          return json(200, { id, q: query['q'] });
        },
      },
      { environment },
    );
    expect(typeof handler).toBe('function');
    // @ts-expect-error: no such kind
    expect(() => routes({ 'GET /a': { caller: 'persn', handle: () => json(200, {}) } }, { environment })).toThrow();
    // @ts-expect-error: no such statement
    expect(() => routes({ 'GET /a': { boddy: Basket, handle: () => json(200, {}) } }, { environment })).toThrow();
  });
});

interface Order {
  readonly customerId: string;
  readonly orderId: string;
  readonly status: 'placed' | 'paid';
  readonly net?: string;
  readonly tries?: number;
}

interface Payment {
  readonly customerId: string;
  readonly orderId: string;
  readonly reference: string;
}

/** Never called: the compiler is the test. `npm run lint` and `land` run it over tests too. */
const WRONG_CALLS = {
  keys: () => {
    const orders = table<Order, 'customerId' | 'orderId'>('Orders');
    // @ts-expect-error: the sort key is missing
    void orders.get({ customerId: 'a' });
    // @ts-expect-error: no such key attribute
    void orders.get({ customerId: 'a', orderid: '1' });
    // @ts-expect-error: a number is no order id
    void orders.delete({ customerId: 'a', orderId: 1 });
    // @ts-expect-error: the key of a batch is checked, too
    void orders.batchGet([{ customerId: 'a' }]);
    // @ts-expect-error: no such attribute
    void orders.query({ customer: 'a' });
    // @ts-expect-error: no attribute of an order
    table<Order, 'customer'>('Orders');
  },
  changes: () => {
    const orders = table<Order, 'customerId' | 'orderId'>('Orders');
    const key = { customerId: 'a', orderId: '1' };
    // @ts-expect-error: no such status
    void orders.update(key, { set: { status: 'lost' } });
    // @ts-expect-error: no such attribute
    void orders.update(key, { set: { state: 'paid' } });
    // @ts-expect-error: a key can't change
    void orders.update(key, { set: { orderId: '2' } });
    // @ts-expect-error: only numbers can be added to
    void orders.update(key, { add: { net: 1 } });
    // @ts-expect-error: every order has a status
    void orders.update(key, { remove: ['status'] });
    // @ts-expect-error: no such attribute
    void orders.update(key, { setIfAbsent: { nett: '1.00' } });
    // @ts-expect-error: an order needs its status
    void orders.put(key);
    // @ts-expect-error: an order needs its status, in a batch too
    void orders.batchWrite([{ put: key }]);
  },
  conditions: () => {
    const orders = table<Order, 'customerId' | 'orderId'>('Orders');
    const order: Order = { customerId: 'a', orderId: '1', status: 'placed' };
    // @ts-expect-error: no such attribute
    void orders.put(order, { condition: ifAbsent('orderid') });
    // @ts-expect-error: no such attribute
    void orders.delete(order, { condition: ifPresent('payed') });
    // @ts-expect-error: no such status
    void orders.update(order, {}, { condition: ifEquals({ status: 'lost' }) });
    // @ts-expect-error: no such attribute
    void orders.update(order, {}, { condition: ifEquals({ state: 'paid' }) });
    // @ts-expect-error: no such attribute
    void orders.query({ customerId: 'a' }, { filter: ifPresent('payed') });
    // @ts-expect-error: no such attribute
    void orders.query({ customerId: 'a' }, { sort: { attribute: 'placedAt', equals: '1' } });
  },
  projections: async () => {
    const orders = table<Order, 'customerId' | 'orderId'>('Orders');
    const key = { customerId: 'a', orderId: '1' };
    const found = await orders.get(key, { attributes: ['status'] });
    // @ts-expect-error: it wasn't read
    found?.net;
    const { items } = await orders.query({ customerId: 'a' }, { attributes: ['status'], limit: 1 });
    // @ts-expect-error: it wasn't read
    items[0]?.orderId;
    // @ts-expect-error: no such attribute
    void orders.get(key, { attributes: ['state'] });
    // @ts-expect-error: no such attribute
    void orders.scatter({ attributes: ['state'] });
  },
};

describe('types of tables', () => {
  test('keys, changes, conditions and projections are checked by the compiler', () => {
    expect(Object.keys(WRONG_CALLS)).toEqual(['keys', 'changes', 'conditions', 'projections']);
  });

  test('right calls compile', () => {
    const calls = async () => {
      const orders = table<Order, 'customerId' | 'orderId'>('Orders');
      const key = { customerId: 'a', orderId: '1' };
      await orders.put({ ...key, status: 'placed' }, { condition: ifAbsent('orderId') });
      await orders.update(
        key,
        { set: { status: 'paid' }, add: { tries: 1 }, remove: ['net'] },
        { condition: ifEquals({ status: 'placed', net: undefined }), upsert: true },
      );
      (await orders.get(key))?.status satisfies 'placed' | 'paid' | undefined;
      (await orders.get(key, { eventual: true }))?.net satisfies string | undefined;
      const [first] = (await orders.query({ customerId: 'a' }, { attributes: ['status', 'net'] })).items;
      first?.status satisfies 'placed' | 'paid' | undefined;
      const condition = { expression: 'net > :n', values: { ':n': '1' } };
      await orders.delete(key, { condition });
      for await (const order of everyPage((cursor) => orders.query({ customerId: 'a' }, { cursor }))) order.net;
    };
    expect(typeof calls).toBe('function');
  });

  test('a table of several kinds of items knows the attributes of each', () => {
    const calls = async () => {
      const records = table<Order | Payment, 'customerId' | 'orderId'>('Orders');
      const key = { customerId: 'a', orderId: '1' };
      await records.put({ ...key, reference: 'r' }, { condition: ifPresent('status') });
      await records.update(key, { set: { reference: 'r' } });
      await records.update(key, { set: { status: 'paid' } });
      const found = await records.get(key, { attributes: ['orderId', 'status'] });
      if (found !== undefined && 'status' in found) found.status satisfies 'placed' | 'paid';
      // @ts-expect-error: no kind of item has it
      await records.update(key, { set: { state: 'paid' } });
    };
    expect(typeof calls).toBe('function');
  });

  test('an interface without key names is enough, and so is no interface', () => {
    const orders = table<Order>('Orders');
    const anything = table('Anything');
    const read = async () =>
      (await orders.get({ customerId: 'a', orderId: '1' }))?.status satisfies 'placed' | 'paid' | undefined;
    const change = () => anything.update({ id: '1' }, { set: { anything: 1 }, remove: ['more'] });
    const operations: Operation[] = [
      { in: orders, put: { customerId: 'a', orderId: '1' } },
      { in: anything, update: { id: '1' }, set: { status: 'x' } },
    ];
    expect([read, change, operations.length]).toHaveLength(3);
  });
});
