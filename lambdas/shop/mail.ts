import { documents, once, table, worker } from '../runtime';
import { orderReference } from './messages';
import { type MailOutcome, mailKey, type Order, type OrdersItem, subjectOf } from './ordering';
import { asEml, invoiceMail, sendMail, verifiedEmail } from './paperwork';

const orders = table<OrdersItem, 'customerId' | 'orderId'>('Orders');
const mailOutbox = documents('MailOutbox');

/** A person's verified address in the user pool, or the address that the point of sale stated. */
const addressOf = ({ customerId, email }: Order) => {
  const subject = subjectOf(customerId);
  return subject === undefined ? email : verifiedEmail(subject);
};
const options = { when: { item: 'order', status: 'invoiced' }, prepare: addressOf } as const;
const complete = (outcome: MailOutcome, key?: string) =>
  ({ set: { status: 'complete', mail: { outcome, ...(key === undefined ? {} : { key }) } } }) as const;

/** The outbox bucket has one document for each order, however often it is written. */
const store = once(orders, 'mail', { ...options, halfWay: 'again' }, async (order, _message, to) => {
  if (to === undefined) return complete('no address');
  const key = mailKey(order.orderId);
  await mailOutbox.put(key, asEml(invoiceMail(order, to), order.orderId), { contentType: 'message/rfc822' });
  return complete('sent', key);
});

/** SES has no idempotency key and can't be asked, so a person decides about a second attempt. */
const send = once(orders, 'mail', { ...options, halfWay: 'hold' }, async (order, { signal }, to) => {
  if (to === undefined) return complete('no address');
  return complete(
    (await sendMail(process.env['MAIL_SENDER'] ?? '', invoiceMail(order, to), signal)) ? 'sent' : 'refused',
  );
});

/**
 * Mails the customer and completes the order: with SES if the deployment has a verified sender,
 * otherwise into the outbox bucket.
 */
export const handler = worker((message) => (process.env['MAIL_SENDER'] ? send : store)(message), {
  schema: orderReference,
  retryDelay: { baseSeconds: 1, capSeconds: 300 },
});
