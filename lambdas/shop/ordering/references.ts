import { invoiceKey, mailKey } from './keys';
import { asOrder, type Order } from './order';

/** A record about a customer, wherever it is stored. */
export type Reference =
  | { readonly table: 'Orders' | 'Ledger'; readonly key: Readonly<Record<string, string>> }
  | { readonly documents: 'InvoiceDocuments' | 'MailOutbox'; readonly key: string };

/**
 * Every record about a customer, found from the items of the customer's partition: the items, the
 * claims of their numbers, the charges in the partner's ledger, invoices and mails. Erasure and
 * export start here.
 *
 * A worker writes a charge or a document before it writes the order. So these references follow
 * from the order's id, and of an order under way or `failed` the record may not exist.
 */
export function referencesOf(items: readonly Readonly<Record<string, unknown>>[]): Reference[] {
  return items.flatMap((item): Reference[] => {
    const { customerId, orderId } = item as { customerId: string; orderId: string };
    const own: Reference = { table: 'Orders', key: { customerId, orderId } };
    const order = asOrder(item);
    return order ? [own, ...referencesOfOrder(order)] : [own];
  });
}

function referencesOfOrder({ orderId, claim, mail }: Order): Reference[] {
  return [
    ...(claim ? [{ table: 'Orders', key: { ...claim } } as const] : []),
    { table: 'Ledger', key: { chargeKey: orderId } },
    { documents: 'InvoiceDocuments', key: invoiceKey(orderId) },
    // A stored outcome without a key: the mail was sent by SES, or not at all.
    ...(mail && mail.key === undefined ? [] : [{ documents: 'MailOutbox', key: mailKey(orderId) } as const]),
  ];
}
