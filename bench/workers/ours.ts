import { type MessageHandler, once, schema, table, worker } from '../../lambdas/runtime';
import { ORDERS } from './tables';

interface Order {
  readonly customerId: string;
  readonly orderId: string;
  readonly status?: 'placed' | 'paid';
  readonly total?: string;
  readonly item?: 'payment';
}

type Reference = Pick<Order, 'customerId' | 'orderId'>;

const { PARTNER: partner } = process.env;
const orders = table<Order, 'customerId' | 'orderId'>(ORDERS);
const when = { status: 'placed' } as const;
const paid = { set: { status: 'paid' } } as const;

/** Charges an order at the partner, if there is one. The partner has no idempotency keys. */
async function charge({ orderId }: Reference): Promise<typeof paid> {
  if (partner) await fetch(`${partner}/${orderId}`, { method: 'POST' });
  return paid;
}

async function ask({ orderId }: Reference): Promise<typeof paid | undefined> {
  const { status } = await fetch(`${partner}/${orderId}`);
  return status === 200 ? paid : undefined;
}

/** The same step in each mode. */
const MODES: Readonly<Record<string, MessageHandler<Reference>>> = {
  constant: once(orders, 'payment', { when }, paid),
  marker: once(orders, 'payment', { when }, () => paid),
  outbox: once(orders, 'payment', { when }, (_, { body }) => ({ ...paid, outbox: [{ to: 'Invoices', body }] })),
  transaction: once(orders, 'payment', { when }, ({ customerId, orderId, total }) => ({
    ...paid,
    also: [{ in: orders, put: { customerId, orderId: `payment#${orderId}`, item: 'payment', total } }],
  })),
  again: once(orders, 'payment', { when, halfWay: 'again' }, charge),
  ask: once(orders, 'payment', { when, halfWay: { ask } }, charge),
  hold: once(orders, 'payment', { when, halfWay: 'hold' }, charge),
};

export const handler = worker(MODES[process.env['MODE'] ?? '']!, {
  schema: schema.object({ customerId: schema.string(), orderId: schema.string() }),
});
