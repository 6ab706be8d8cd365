import { binary, HttpError, json, type Reply, type RouteRequest, routes, table } from '../runtime';
import { asOrder, isOrderId, LIST_PREFIX, listedOrderId, type Order, orderView } from './ordering';
import { readDocument } from './paperwork/bucket';

/** Orders of one page of the list. */
const PAGE_SIZE = 20;
/** What the list shows; the lines of twenty large orders would be a megabyte. */
const SUMMARY = ['item', 'orderId', 'kind', 'status', 'placedAt', 'currency', 'total', 'charge', 'invoice'];

const orders = table('Orders');

/** What customers see of their own orders: whoever asks, the partition is the one of their token. */
export const handler = routes({
  'GET /orders': async ({ caller, query }) => {
    const customerId = personOf(caller);
    const cursor = query['cursor'];
    const list = await orders.query(
      { customerId },
      { sort: { beginsWith: LIST_PREFIX }, descending: true, limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) },
    );
    const keys = list.items.map((entry) => ({ customerId, orderId: listedOrderId(String(entry['orderId'])) }));
    const found = keys.length === 0 ? [] : await orders.batchGet(keys, { attributes: SUMMARY });
    return json(200, { orders: found.flatMap((item) => summary(item)), cursor: list.cursor });
  },

  'GET /orders/{orderId}': async ({ caller, params }) =>
    json(200, orderView(await orderOf(caller, params['orderId']!))),

  'GET /orders/{orderId}/invoice': async ({ caller, params }): Promise<Reply> => {
    const order = await orderOf(caller, params['orderId']!);
    if (!order.invoice)
      throw new HttpError(409, 'not_ready', 'the invoice is not ready yet', { headers: { 'retry-after': '2' } });
    const bytes = await readDocument(order.invoice.key);
    if (!bytes) throw new HttpError(404, 'no_document', 'the invoice is no longer kept');
    return binary(200, bytes, { contentType: 'application/pdf', fileName: `invoice-${order.orderId}.pdf` });
  },
});

function personOf(caller: RouteRequest['caller']): string {
  if (caller.kind !== 'person')
    throw new HttpError(403, 'access_denied', 'orders are shown to the person who placed them');
  return caller.id;
}

/** Another customer's order is not found, as if it weren't there. */
async function orderOf(caller: RouteRequest['caller'], orderId: string): Promise<Order> {
  const customerId = personOf(caller);
  // No order has such an id, and no table takes one that is too long for a key.
  const order = isOrderId(orderId) ? asOrder(await orders.get({ customerId, orderId })) : undefined;
  if (!order) throw new HttpError(404, 'unknown_order', 'you have no such order');
  return order;
}

function summary(item: Readonly<Record<string, unknown>> | undefined): object[] {
  const order = asOrder(item);
  if (!order) return [];
  const { orderId, kind, status, placedAt, currency, total, charge, invoice } = order;
  const link = invoice ? `/orders/${encodeURIComponent(orderId)}/invoice` : undefined;
  return [{ orderId, kind, status, placedAt, currency, total, charge, invoice: link }];
}
