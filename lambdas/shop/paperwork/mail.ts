import type { Order } from '../ordering';

/** A message to a customer. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** The mail that tells a customer of the invoice; undefined without an address to send it to. */
export function invoiceMail(order: Order): Mail | undefined {
  if (order.email === undefined) return undefined;
  const refund = order.kind === 'refund';
  const lines = order.lines.length === 1 ? '1 line' : `${order.lines.length} lines`;
  return {
    to: order.email,
    subject: refund ? `Your refund ${order.orderId}` : `Your order ${order.orderId}`,
    text: [
      'Hello,',
      '',
      refund
        ? `we have paid back ${order.currency} ${order.charge.replace(/^-/, '')} (${lines}) for ${order.orderId}.`
        : `thank you for your order ${order.orderId}: ${lines}, ${order.currency} ${order.charge}, paid.`,
      `${refund ? 'The credit note' : 'Your invoice'} is ready under "Orders" in the shop.`,
      '',
      'Breakwater Shop',
      '',
    ].join('\n'),
  };
}

/**
 * The message in the format of Internet mail (RFC 5322), as it lies in the outbox bucket. An address has no line breaks
 * (checkout refuses them), and the rest is ours, so no header can be smuggled in.
 */
export function asEml(mail: Mail, order: Order): string {
  const headers = [
    'From: Breakwater Shop <shop@breakwater.example>',
    `To: ${mail.to}`,
    `Subject: ${mail.subject}`,
    `Message-ID: <${order.orderId}@breakwater.example>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
  ];
  return [...headers, '', ...mail.text.split('\n')].join('\r\n');
}

/** Where an order's mail lies in the outbox bucket. */
export const mailKey = (orderId: string): string => `mail/${orderId}.eml`;

/** Where an order's invoice or credit note lies in the bucket of documents. */
export const invoiceKey = (orderId: string): string => `invoices/${orderId}.pdf`;
