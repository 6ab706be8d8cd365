import type { Order } from '../ordering';

/** A message to a customer. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Makes the mail about an invoice or a credit note. */
export function invoiceMail(order: Order, to: string): Mail {
  const refund = order.kind === 'refund';
  const lines = order.lines.length === 1 ? '1 line' : `${order.lines.length} lines`;
  return {
    to,
    subject: refund ? `Your refund ${order.orderId}` : `Your order ${order.orderId}`,
    text: [
      'Hello,',
      '',
      refund
        ? `we have paid back ${order.currency} ${order.total.replace(/^-/, '')} (${lines}) for ${order.orderId}.`
        : `thank you for your order ${order.orderId}: ${lines}, ${order.currency} ${order.total}, paid.`,
      `${refund ? 'The credit note' : 'Your invoice'} is ready under "Orders" in the shop.`,
      '',
      'Breakwater Shop',
      '',
    ].join('\n'),
  };
}

/**
 * Formats a mail as an Internet message (RFC 5322), for the outbox bucket. Nobody can inject a
 * header: an address contains no line break (checked by `isEmail` and Cognito), and the shop writes
 * the other fields.
 */
export function asEml(mail: Mail, orderId: string): string {
  const headers = [
    'From: Breakwater Shop <shop@breakwater.example>',
    `To: ${mail.to}`,
    `Subject: ${mail.subject}`,
    `Message-ID: <${orderId}@breakwater.example>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
  ];
  return [...headers, '', ...mail.text.split('\n')].join('\r\n');
}
