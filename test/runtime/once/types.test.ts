import { type Message, once, schema, table, worker } from '../../../lambdas/runtime';

interface Order {
  readonly customerId: string;
  readonly orderId: string;
  readonly item: 'order';
  readonly status: 'placed' | 'paid';
  readonly total: string;
  readonly note?: string;
}
interface Payment {
  readonly customerId: string;
  readonly orderId: string;
  readonly item: 'payment';
  readonly reference: string;
}
const items = table<Order | Payment, 'customerId' | 'orderId'>('Orders');
const anything = table('Anything');
const keyed = { customerId: schema.string(), orderId: schema.string() };
const call = async (..._of: string[]): Promise<string> => 'r';

test('an effect that only returns changes needs no choice', () => {
  once(items, 'count', {}, () => ({ set: { note: 'x' } }));
  once(items, 'nothing', {}, () => undefined);
  once(anything, 'count', {}, ({ a }) => ({ set: { b: a } }));
});

test('an asynchronous effect must choose how to go on', () => {
  once(items, 'pay', { halfWay: 'again' }, async () => ({ set: { note: await call() } }));
  // @ts-expect-error: halfWay is missing
  expect(() => once(items, 'pay', {}, async () => ({ set: { note: await call() } }))).toThrow(
    /must state how to go on/,
  );
  // @ts-expect-error: halfWay is missing
  once(items, 'pay', {}, () => call().then((note) => ({ set: { note } })));
  // @ts-expect-error: there is nothing to choose
  once(items, 'pay', { halfWay: 'again' }, () => ({ set: { note: 'x' } }));
  // @ts-expect-error: no such choice
  expect(() => once(items, 'pay', { halfWay: 'maybe' }, async () => ({ set: { note: 'x' } }))).toThrow(/maybe/);
});

test('the effect gets the items of the union that can have the stated values', () => {
  once(items, 'pay', { when: { status: 'placed' }, halfWay: 'again' }, async (order) => ({
    set: { status: 'paid', note: await call(order.total, order.note ?? '') },
  }));
  once(items, 'pay', { when: { item: 'payment' }, halfWay: 'again' }, async (payment) => {
    await call(payment.reference);
    // @ts-expect-error: a payment has no total
    await call(payment.total);
    return {};
  });
  once(items, 'pay', { when: { note: undefined } }, (order) => ({ set: { note: order.total } }));
  // @ts-expect-error: no such status
  once(items, 'pay', { when: { status: 'plced' } }, () => undefined);
  // @ts-expect-error: no such attribute
  once(items, 'pay', { when: { state: 'placed' } }, () => undefined);
});

test('changes are those of the items', () => {
  // @ts-expect-error: a key can't change
  once(items, 'pay', { when: { status: 'placed' } }, () => ({ set: { orderId: '2' } }));
  // @ts-expect-error: no such status
  once(items, 'pay', { when: { status: 'placed' }, halfWay: 'again' }, async () => ({ set: { status: 'payed' } }));
  const outbox = [{ to: 'Mail', body: {} }];
  once(items, 'pay', {}, () => ({ outbox, also: [{ in: items, delete: { customerId: '1', orderId: '2' } }] }));
});

test('a constant result needs no function, and no choice', () => {
  once(items, 'pay', { when: { status: 'placed' } }, { set: { status: 'paid' } });
  once(items, 'count', {}, { set: { note: 'x' }, also: [], outbox: [] });
  once(items, 'look', {}, {});
  once(anything, 'count', {}, { add: { count: 1 } });
  const paid = { set: { status: 'paid' } } as const;
  // @ts-expect-error: a constant has nothing to prepare
  expect(() => once(items, 'pay', { prepare: () => 1 }, paid)).toThrow(/must not have 'prepare'/);
  // @ts-expect-error: the same, with a function that returns nothing
  expect(() => once(items, 'pay', { prepare: () => undefined }, paid)).toThrow(/must not have 'prepare'/);
  // @ts-expect-error: a constant can't end half-way
  expect(() => once(items, 'pay', { halfWay: 'again' }, paid)).toThrow(/must not have 'halfWay'/);
  // @ts-expect-error: no such status
  once(items, 'pay', { when: { status: 'placed' } }, { set: { status: 'payed' } });
  // @ts-expect-error: a key can't change
  once(items, 'pay', { when: { status: 'placed' } }, { set: { orderId: '2' } });
  // @ts-expect-error: a payment has no total
  once(items, 'pay', { when: { item: 'payment' } }, { set: { total: '1' } });
  // @ts-expect-error: no such status before the step
  once(items, 'pay', { when: { status: 'plced' } }, paid);
  // @ts-expect-error: a promise is no constant
  expect(() => once(items, 'pay', {}, Promise.resolve(paid))).toThrow(/got a promise/);
});

test('a constant result of a message whose body has no key needs the function of the key', () => {
  const other = schema.object({ order: schema.string() });
  const key = ({ order }: { readonly order: string }) => ({ customerId: '1', orderId: order });
  worker(once(items, 'pay', { key }, { set: { note: 'x' } }), { schema: other });
  // @ts-expect-error: the body has no key, and no function makes it
  worker(once(items, 'pay', {}, { set: { note: 'x' } }), { schema: other });
});

test('what prepare returns is the third argument of the effect', () => {
  const options = { when: { status: 'placed' }, halfWay: 'again' } as const;
  once(
    items,
    'pay',
    { ...options, prepare: async (order) => Number(order.total) },
    async (_order, _message, total) => ({
      set: { note: total.toFixed(2) },
    }),
  );
});

test('the key comes from the body, or from a function', () => {
  const body = schema.object(keyed);
  worker(
    once(items, 'pay', {}, () => undefined),
    { schema: body },
  );
  interface Other {
    readonly order: string;
  }
  const other = schema.object({ order: schema.string() });
  const key = ({ order }: Other) => ({ customerId: '1', orderId: order });
  worker(
    once(items, 'pay', { key }, () => undefined),
    { schema: other },
  );
  const keyless = (_order: Order | Payment, _message: Message<Other>) => ({});
  // @ts-expect-error: the body has no key, and no function makes it
  worker(once(items, 'pay', {}, keyless), { schema: other });
  const withNote = schema.object({ ...keyed, note: schema.string() });
  const effect = (
    _order: Order | Payment,
    { body: { note } }: Message<{ customerId: string; orderId: string; note: string }>,
  ) => ({
    set: { note },
  });
  worker(once(items, 'note', {}, effect), { schema: withNote });
});
