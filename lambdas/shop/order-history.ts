import { binary, DocumentError, documents, HttpError, json, type Person, routes, table } from '../runtime';
import { asOrder, LIST_PREFIX, listedOrderId, type Order, type OrdersItem, orderView, personId } from './ordering';

/** Number of orders on one page of the list. */
const PAGE_SIZE = 20;
/**
 * Attributes in the list. Order lines aren't among them, because the lines of 20 large orders would
 * be several megabytes.
 */
const SUMMARY = ['item', 'orderId', 'kind', 'status', 'placedAt', 'currency', 'total', 'invoice'] as const;

const orders = table<OrdersItem, 'customerId' | 'orderId'>('Orders');
const invoiceDocuments = documents('InvoiceDocuments');

/** Shows customers their own orders. The caller's token decides the partition. */
export const handler = routes({
  'GET /orders': {
    caller: 'person',
    query: ['cursor'],
    handle: async ({ caller, query: { cursor } }) => {
      const customerId = personId(caller.id);
      const list = await orders.query(
        { customerId },
        { sort: { beginsWith: LIST_PREFIX }, descending: true, limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) },
      );
      const keys = list.items.map((entry) => ({ customerId, orderId: listedOrderId(entry.orderId) }));
      const found = keys.length === 0 ? [] : await orders.batchGet(keys, { attributes: SUMMARY });
      return json(200, { orders: found.flatMap((item) => summary(item)), cursor: list.cursor });
    },
  },

  'GET /orders/{orderId}': {
    caller: 'person',
    handle: async ({ caller, params }) => json(200, orderView(await orderOf(caller, params.orderId))),
  },

  'GET /orders/{orderId}/invoice': {
    caller: 'person',
    handle: async ({ caller, params }) => {
      const order = await orderOf(caller, params.orderId);
      if (!order.invoice)
        throw new HttpError(409, 'not_ready', 'the invoice is not ready yet', { headers: { 'retry-after': '2' } });
      const bytes = await readInvoice(order.invoice.key);
      if (!bytes) throw new HttpError(404, 'no_document', 'the invoice has been deleted');
      return binary(200, bytes, { contentType: 'application/pdf', fileName: `invoice-${order.orderId}.pdf` });
    },
  },
});

/**
 * Reads an invoice. S3 answers AccessDenied if the document doesn't exist, because this module has
 * no permission to list the bucket.
 */
async function readInvoice(key: string): Promise<Uint8Array | undefined> {
  try {
    return await invoiceDocuments.get(key);
  } catch (error) {
    if (error instanceof DocumentError && error.code === 'AccessDenied') return undefined;
    throw error;
  }
}

/** @throws HttpError 404 if the caller has no such order, even if another customer has it */
async function orderOf(caller: Person, orderId: string): Promise<Order> {
  const key = { customerId: personId(caller.id), orderId };
  const order = asOrder(await orders.get(key));
  if (!order) throw new HttpError(404, 'unknown_order', 'you have no such order');
  return order;
}

function summary(item: Parameters<typeof asOrder>[0]): object[] {
  const order = asOrder(item);
  if (!order) return [];
  const { orderId, kind, status, placedAt, currency, total, invoice } = order;
  const link = invoice ? `/orders/${encodeURIComponent(orderId)}/invoice` : undefined;
  return [{ orderId, kind, status, placedAt, currency, total, invoice: link }];
}
