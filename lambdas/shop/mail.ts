import { documents, ifEquals, PermanentFailure, table, worker } from '../runtime';
import { orderReference } from './messages';
import { asOrder, type MailOutcome, mailKey, type Order, type OrdersItem, subjectOf } from './ordering';
import { asEml, invoiceMail, sendMail, verifiedEmail } from './paperwork';
import { conditionFailed } from './writes';

const orders = table<OrdersItem, 'customerId' | 'orderId'>('Orders');
const mailOutbox = documents('MailOutbox');

/**
 * Mails the customer and completes the order. The outbox bucket has one document for each order,
 * however often it is written. SES has no idempotency key. So if the worker is killed after sending
 * and before storing the outcome, the mail is sent twice.
 */
export const handler = worker(
  async ({ body: { customerId, orderId } }) => {
    const order = asOrder(await orders.get({ customerId, orderId }));
    if (!order) throw new PermanentFailure('the order of a mail must exist');
    if (order.status !== 'invoiced') return;
    const mail = await deliver(order);
    try {
      await orders.update(
        { customerId, orderId },
        { set: { status: 'complete', mail } },
        { condition: ifEquals({ status: 'invoiced' }) },
      );
    } catch (error) {
      // Another delivery of the same message was faster.
      if (!conditionFailed(error)) throw error;
    }
  },
  { schema: orderReference, retryDelay: { baseSeconds: 1, capSeconds: 300 } },
);

/**
 * Sends with SES if the deployment has a verified sender. Otherwise it writes the mail into the
 * outbox bucket.
 */
async function deliver(order: Order): Promise<{ outcome: MailOutcome; key?: string }> {
  const to = await addressOf(order);
  if (to === undefined) return { outcome: 'no address' };
  const mail = invoiceMail(order, to);
  const sender = process.env['MAIL_SENDER'];
  if (sender) return { outcome: (await sendMail(sender, mail)) ? 'sent' : 'refused' };
  const key = mailKey(order.orderId);
  await mailOutbox.put(key, asEml(mail, order.orderId), { contentType: 'message/rfc822' });
  return { outcome: 'sent', key };
}

/** A person's verified address in the user pool, or the address that the point of sale stated. */
function addressOf({ customerId, email }: Order): Promise<string | undefined> | string | undefined {
  const subject = subjectOf(customerId);
  return subject === undefined ? email : verifiedEmail(subject);
}
