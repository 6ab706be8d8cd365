import { documents, ifEquals, PermanentFailure, table, worker } from '../runtime';
import { orderReference } from './messages';
import { asOrder, invoiceKey, type OrdersItem } from './ordering';
import { invoicePdf } from './paperwork';
import { conditionFailed } from './writes';

const orders = table<OrdersItem, 'customerId' | 'orderId'>('Orders');
const invoiceDocuments = documents('InvoiceDocuments');

/**
 * Makes the invoice of a paid order. The document is written before the order is updated. If the
 * worker is killed in between, the next delivery overwrites the document with the same bytes. So no
 * order names a missing document.
 */
export const handler = worker(
  async ({ body: { customerId, orderId } }) => {
    const order = asOrder(await orders.get({ customerId, orderId }));
    if (!order) throw new PermanentFailure('the order of an invoice must exist');
    if (order.status !== 'paid') return;
    const key = invoiceKey(orderId);
    await invoiceDocuments.put(key, await invoicePdf(order), { contentType: 'application/pdf' });
    try {
      await orders.update(
        { customerId, orderId },
        { set: { status: 'invoiced', invoice: { key } } },
        {
          condition: ifEquals({ status: 'paid' }),
          outbox: [{ to: 'Mail', body: { customerId, orderId }, group: customerId }],
        },
      );
    } catch (error) {
      // Another delivery of the same message was faster.
      if (!conditionFailed(error)) throw error;
    }
  },
  { schema: orderReference, retryDelay: { baseSeconds: 1, capSeconds: 300 } },
);
