import { invoiceKey, mailKey } from './keys';
import { asOrder, type Order } from './order';

/** A record about a customer, wherever it is stored. */
export type Reference =
  | { readonly table: 'Orders' | 'Ledger'; readonly key: Readonly<Record<string, string>> }
  | { readonly documents: 'InvoiceDocuments' | 'MailOutbox'; readonly key: string };

/**
 * Finds all records about a customer from the items of the customer's partition. The records are
 * these items, the claim items of order numbers, charges in the partner's ledger, invoices and
 * mails. Use it to erase or export a customer's data.
 *
 * A worker writes a charge or a document before it updates the order. So these references are
 * derived from the order's ID, not from the order's progress. If the order isn't complete, a
 * referenced record may not exist.
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
    // An outcome without a key means that SES sent the mail, or that no mail was sent.
    ...(mail && mail.key === undefined ? [] : [{ documents: 'MailOutbox', key: mailKey(orderId) } as const]),
  ];
}
