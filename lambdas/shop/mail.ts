import { ifEquals, PermanentFailure, table, worker } from '../runtime';
import { orderReference } from './messages';
import { asOrder, type Order } from './ordering';
import { asEml, bucketOf, invoiceMail, type Mail, mailKey, sendMail, writeDocument } from './paperwork';
import { conditionFailed } from './writes';

const orders = table('Orders');

/**
 * Tells the customer, and completes the order. The outbox bucket holds one document for an order, however often it is
 * written; SES has no such key, so a crash between sending and marking can send a mail twice: better than never.
 */
export const handler = worker(
  async ({ body: { customerId, orderId } }) => {
    const order = asOrder(await orders.get({ customerId, orderId }));
    if (!order) throw new PermanentFailure(`order '${orderId}' must exist before its customer is told`);
    if (order.status !== 'invoiced') return;
    const mail = invoiceMail(order);
    if (mail) await deliver(mail, order);
    const outcome = mail ? 'sent' : 'no address';
    try {
      await orders.update(
        { customerId, orderId },
        { set: { status: 'complete', mail: { outcome } } },
        { condition: ifEquals({ status: 'invoiced' }) },
      );
    } catch (error) {
      if (!conditionFailed(error)) throw error;
    }
  },
  { schema: orderReference, retryDelay: { baseSeconds: 1, capSeconds: 300 } },
);

/** By SES where the deployment has a verified sender, into the outbox bucket where it hasn't. */
async function deliver(mail: Mail, order: Order): Promise<void> {
  const sender = process.env['MAIL_SENDER'];
  if (sender) await sendMail(sender, mail);
  else await writeDocument(bucketOf('MAIL_BUCKET'), mailKey(order.orderId), asEml(mail, order), 'message/rfc822');
}
