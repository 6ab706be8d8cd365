import { type Expected, type ExpectedOrder, pounds, WEB_PREFIX } from './expected';
import type { MailHeaders } from './mail-headers';

/** A stored order. Amounts are the stored texts. */
export interface FoundOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly kind: string;
  readonly status: string;
  readonly placedAt: string;
  readonly country: string;
  readonly currency: string;
  readonly email?: string;
  readonly total: string;
  readonly mail?: string;
  readonly lines: readonly FoundLine[];
}

export interface FoundLine {
  readonly sku: string;
  readonly description: string;
  readonly quantity: number;
  readonly unitPrice: string;
}

/** Content of the stores. */
export interface Found {
  readonly orders: readonly FoundOrder[];
  /** Payments in the customers' partitions. */
  readonly payments: readonly { readonly orderId: string; readonly customerId: string; readonly amount: string }[];
  /** The partner's ledger. */
  readonly charges: readonly { readonly chargeKey: string; readonly amount: string; readonly charges: number }[];
  /** Invoice documents, each with its order ID and texts. */
  readonly invoices: readonly { readonly orderId: string; readonly texts: readonly string[] }[];
  readonly mails: readonly (MailHeaders & { readonly orderId: string })[];
  readonly products: readonly string[];
  /** Numbers of the file's records that the shop refused in the replay. */
  readonly refused: readonly number[];
  /** Items in a shard that doesn't own their slot, by table and partition key. */
  readonly misplaced: readonly string[];
}

/** One line of the summary. */
export interface Row {
  readonly what: string;
  readonly expected: string;
  readonly got: string;
  readonly ok: boolean;
}

/** Compares expected and stored data exactly. Each row states what it compares. */
export function compare(expected: Expected, found: Found): Row[] {
  const rows: Row[] = [];
  const add = (what: string, wanted: string | number, got: string | number) =>
    rows.push({ what, expected: count(wanted), got: count(got), ok: wanted === got });
  const fromPointOfSale = <T>(items: readonly T[], id: (item: T) => string) =>
    items.filter((item) => !id(item).startsWith(WEB_PREFIX));

  const stored = fromPointOfSale(found.orders, (order) => order.orderId);
  const wanted = expected.orders;
  const ids = wanted.map((order) => order.orderId);
  const sum = (orders: readonly ExpectedOrder[]) => orders.reduce((total, order) => total + order.total, 0n);
  const storedSum = (orders: readonly FoundOrder[]) =>
    orders.reduce((total, order) => total + readAmount(order.total), 0n);
  const refunds = stored.filter((order) => order.kind === 'refund');

  add(
    'sales stored',
    wanted.filter((order) => !order.refund).length,
    stored.filter((order) => order.kind === 'sale').length,
  );
  add('refunds stored', wanted.filter((order) => order.refund).length, refunds.length);
  add('orders stored twice', 0, stored.length - new Set(stored.map((order) => order.orderId)).size);
  add('lines', lineCount(wanted), lineCount(stored));
  add('net, GBP', pounds(sum(wanted)), pounds(storedSum(stored)));
  add('refunds, GBP', pounds(sum(wanted.filter((order) => order.refund))), pounds(storedSum(refunds)));
  add('orders that differ from the file', 'none', listed(differing(wanted, stored)));
  add(
    'orders not complete',
    'none',
    listed(stored.filter((order) => order.status !== 'complete').map((order) => order.orderId)),
  );

  add('items outside the shard that owns their slot', 'none', listed(found.misplaced));

  const byId = new Map(wanted.map((order) => [order.orderId, order]));
  /**
   * IDs of items that differ from their order. Items without an order are ignored here, because
   * other rows count them.
   */
  const wrong = <T extends { readonly orderId: string }>(
    items: readonly T[],
    fits: (item: T, o: ExpectedOrder) => boolean,
  ) =>
    listed(
      idsOf(
        items.filter((item) => {
          const order = byId.get(item.orderId);
          return order !== undefined && !fits(item, order);
        }),
      ),
    );

  const payments = fromPointOfSale(found.payments, (payment) => payment.orderId);
  add('orders without exactly one payment', 'none', listed(notOnce(ids, idsOf(payments))));
  add(
    'payments of another amount or customer',
    'none',
    wrong(payments, (payment, o) => readAmount(payment.amount) === o.total && payment.customerId === o.customerId),
  );
  const charges = fromPointOfSale(found.charges, (charge) => charge.chargeKey).map((entry) => ({
    ...entry,
    orderId: entry.chargeKey,
  }));
  const charged = charges.flatMap((entry) => Array.from({ length: entry.charges }, () => entry.orderId));
  add('orders not charged exactly once', 'none', listed(notOnce(ids, charged)));
  add(
    'orders charged another amount',
    'none',
    wrong(charges, (entry, o) => readAmount(entry.amount) === o.total),
  );
  const moved = charges.reduce((total, entry) => total + (entry.charges > 0 ? readAmount(entry.amount) : 0n), 0n);
  add('moved by the partner, GBP', pounds(sum(wanted)), pounds(moved));

  const invoices = fromPointOfSale(found.invoices, (document) => document.orderId);
  add('invoice documents', ids.length, invoices.length);
  add('orders without exactly one invoice', 'none', listed(notOnce(ids, idsOf(invoices))));
  add('documents that show another order or sum', 'none', wrong(invoices, showsOrder));

  const known = wanted.filter((order) => order.email !== undefined).map((order) => order.orderId);
  const mails = fromPointOfSale(found.mails, (mail) => mail.orderId);
  add('mails', known.length, mails.length);
  add('customers without exactly one mail', 'none', listed(notOnce(known, idsOf(mails))));
  add(
    'mails to another address or about another order',
    'none',
    wrong(
      mails,
      (mail, o) => mail.to === o.email && mail.subject === `Your ${o.refund ? 'refund' : 'order'} ${o.orderId}`,
    ),
  );
  add(
    'guests without an address',
    ids.length - known.length,
    stored.filter((order) => order.mail === 'no address').length,
  );

  add('lines refused', expected.refused.length, found.refused.length);
  add(
    'lines refused or accepted against the rules',
    'none',
    listed(notOnce(expected.refused.map(String), found.refused.map(String))),
  );
  add('products in the catalogue', expected.products.length, found.products.length);
  add('products missing or unknown', 'none', listed(notOnce(expected.products, found.products)));
  return rows;
}

const count = (value: string | number): string => (typeof value === 'number' ? value.toLocaleString('en-GB') : value);

const lineCount = (orders: readonly { readonly lines: readonly unknown[] }[]): number =>
  orders.reduce((total, order) => total + order.lines.length, 0);

/** IDs of orders that differ from the file. */
function differing(wanted: readonly ExpectedOrder[], stored: readonly FoundOrder[]): string[] {
  const byId = new Map(stored.map((order) => [order.orderId, order]));
  const bad = wanted.filter((order) => {
    const found = byId.get(order.orderId);
    byId.delete(order.orderId);
    return found === undefined || !isAsExpected(found, order);
  });
  return [...idsOf(bad), ...byId.keys()];
}

/** Whether a stored order equals the file's order in every field. */
function isAsExpected(found: FoundOrder, order: ExpectedOrder): boolean {
  return (
    found.customerId === order.customerId &&
    found.kind === (order.refund ? 'refund' : 'sale') &&
    found.placedAt === order.placedAt &&
    found.country === order.country &&
    found.currency === 'GBP' &&
    found.email === order.email &&
    readAmount(found.total) === order.total &&
    found.lines.length === order.lines.length &&
    found.lines.every((line, i) => {
      const { sku, description, quantity, unitPrice } = order.lines[i]!;
      return (
        line.sku === sku &&
        line.description === description &&
        // The found quantity is a number, so the expected bigint is converted. It is small enough
        // for that.
        line.quantity === Number(quantity) &&
        readAmount(line.unitPrice) === unitPrice
      );
    })
  );
}

/** Whether a document belongs to the order: it contains the order's title and total. */
function showsOrder({ texts }: { readonly texts: readonly string[] }, order: ExpectedOrder): boolean {
  const sums = texts.filter((text) => text.startsWith('GBP '));
  return (
    texts.includes(`${order.refund ? 'Credit note' : 'Invoice'} ${order.orderId}`) &&
    sums.join() === `GBP ${pounds(order.total).replaceAll(',', '')}`
  );
}

const idsOf = (items: readonly { readonly orderId: string }[]): string[] => items.map(({ orderId }) => orderId);

/** IDs that don't occur exactly once, and unexpected IDs. */
function notOnce(wanted: readonly string[], found: readonly string[]): string[] {
  const times = new Map(wanted.map((id) => [id, 0]));
  const strangers: string[] = [];
  for (const id of found) {
    const before = times.get(id);
    if (before === undefined) strangers.push(id);
    else times.set(id, before + 1);
  }
  return [...[...times].filter(([, n]) => n !== 1).map(([id]) => id), ...strangers];
}

function listed(ids: readonly string[]): string {
  if (ids.length === 0) return 'none';
  return `${ids.length}: ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', ...' : ''}`;
}

/**
 * Parses a stored amount, in pence. An invalid amount is converted to a value that no order has.
 */
function readAmount(text: string): bigint {
  const parts = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(text);
  if (!parts) return -999_999_999_999_999n;
  const value = BigInt(`${parts[2]}${(parts[3] ?? '').padEnd(2, '0')}`);
  return parts[1] === '-' ? -value : value;
}
