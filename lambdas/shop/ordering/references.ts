import { asOrder } from './order';

/** A record about a customer, wherever it is stored. */
export type Reference =
  | { readonly table: 'Orders' | 'Ledger'; readonly key: Readonly<Record<string, string>> }
  | { readonly documents: 'InvoiceDocuments' | 'MailOutbox'; readonly key: string };

/**
 * Every record about a customer, found from the items of the customer's partition: the items, the
 * claims of their numbers, the charges in the partner's ledger, invoices and mails. Erasure and
 * export start here.
 */
export function referencesOf(items: readonly Readonly<Record<string, unknown>>[]): Reference[] {
  return items.flatMap((item): Reference[] => {
    const { customerId, orderId } = item as { customerId: string; orderId: string };
    const order = asOrder(item);
    return [
      { table: 'Orders', key: { customerId, orderId } },
      ...(order?.claim ? [{ table: 'Orders', key: { ...order.claim } } as const] : []),
      ...(order?.payment ? [{ table: 'Ledger', key: { chargeKey: order.payment.chargeKey } } as const] : []),
      ...(order?.invoice ? [{ documents: 'InvoiceDocuments', key: order.invoice.key } as const] : []),
      ...(order?.mail?.key === undefined ? [] : [{ documents: 'MailOutbox', key: order.mail.key } as const]),
    ];
  });
}
