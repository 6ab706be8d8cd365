import { documents, once, table, worker } from '../runtime';
import { orderReference } from './messages';
import { invoiceKey, type OrdersItem } from './ordering';
import { invoicePdf } from './paperwork';

const orders = table<OrdersItem, 'customerId' | 'orderId'>('Orders');
const invoiceDocuments = documents('InvoiceDocuments');

/**
 * Makes the invoice of a paid order. The document is written before the order is updated, so no
 * order names a missing document. A second attempt overwrites it with the same bytes.
 */
const invoice = once(
  orders,
  'invoice',
  { when: { item: 'order', status: 'paid' }, halfWay: 'again' },
  async (order) => {
    const { customerId, orderId } = order;
    const key = invoiceKey(orderId);
    await invoiceDocuments.put(key, await invoicePdf(order), { contentType: 'application/pdf' });
    return {
      set: { status: 'invoiced', invoice: { key } },
      outbox: [{ to: 'Mail', body: { customerId, orderId }, group: customerId }],
    };
  },
);

export const handler = worker(invoice, { schema: orderReference, retryDelay: { baseSeconds: 1, capSeconds: 300 } });
