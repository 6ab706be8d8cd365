import { type Expected, type ExpectedOrder, pounds } from './expected';

/** An order as the stores hold it, amounts still as they are written there. */
export interface FoundOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly kind: string;
  readonly status: string;
  readonly total: string;
  readonly charge: string;
  readonly mail?: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: string }[];
}

/** What the stores hold. */
export interface Found {
  readonly orders: readonly FoundOrder[];
  /** Payments beside the orders: ids of the orders they belong to. */
  readonly payments: readonly string[];
  /** The partner's books. */
  readonly charges: readonly { readonly chargeKey: string; readonly amount: string; readonly charges: number }[];
  /** Names of the documents, without folder and ending, and their sizes. */
  readonly invoices: readonly { readonly orderId: string; readonly bytes: number }[];
  readonly mails: readonly string[];
  readonly products: readonly string[];
  /** Records of the file that the replay saw refused. */
  readonly refused: readonly number[];
}

/** One line of the summary. */
export interface Row {
  readonly what: string;
  readonly expected: string;
  readonly got: string;
  readonly ok: boolean;
}

/** Orders that people placed on the storefront aren't in the file. */
const WEB_PREFIX = 'W-';
/** The smallest document that can be a PDF with a page on it. */
const MIN_PDF_BYTES = 400;

/** Compares exactly; every row says what it looked at, so that a difference names its store. */
export function compare(expected: Expected, found: Found): Row[] {
  const rows: Row[] = [];
  const add = (what: string, wanted: string | number, got: string | number) =>
    rows.push({ what, expected: count(wanted), got: count(got), ok: wanted === got });
  const fromTill = <T>(items: readonly T[], id: (item: T) => string) =>
    items.filter((item) => !id(item).startsWith(WEB_PREFIX));

  const stored = fromTill(found.orders, (order) => order.orderId);
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

  const payments = fromTill(found.payments, (orderId) => orderId);
  add('orders without exactly one payment', 'none', listed(notOnce(ids, payments)));
  const charges = fromTill(found.charges, (charge) => charge.chargeKey);
  const charged = charges.flatMap((entry) => Array.from({ length: entry.charges }, () => entry.chargeKey));
  add('orders not charged exactly once', 'none', listed(notOnce(ids, charged)));
  const moved = charges.reduce((total, entry) => total + (entry.charges > 0 ? readAmount(entry.amount) : 0n), 0n);
  add('moved by the partner, GBP', pounds(wanted.reduce((total, order) => total + order.charge, 0n)), pounds(moved));

  const invoices = fromTill(found.invoices, (document) => document.orderId).filter(
    (document) => document.bytes >= MIN_PDF_BYTES,
  );
  add('invoice documents', ids.length, invoices.length);
  add(
    'orders without exactly one invoice',
    'none',
    listed(
      notOnce(
        ids,
        invoices.map((document) => document.orderId),
      ),
    ),
  );

  const known = wanted.filter((order) => !order.customerId.startsWith('guest#')).map((order) => order.orderId);
  const mails = fromTill(found.mails, (orderId) => orderId);
  add('mails', known.length, mails.length);
  add('customers without exactly one mail', 'none', listed(notOnce(known, mails)));
  add(
    'guests without an address',
    ids.length - known.length,
    stored.filter((order) => order.mail === 'no address').length,
  );

  add('lines refused', expected.refused.length, found.refused.length);
  add(
    'lines refused otherwise than by the rules',
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

/** Ids of orders that aren't stored exactly as the file has them. */
function differing(wanted: readonly ExpectedOrder[], stored: readonly FoundOrder[]): string[] {
  const byId = new Map(stored.map((order) => [order.orderId, order]));
  const bad = wanted.filter((order) => {
    const found = byId.get(order.orderId);
    byId.delete(order.orderId);
    return (
      found === undefined ||
      found.customerId !== order.customerId ||
      (found.kind === 'refund') !== order.refund ||
      readAmount(found.total) !== order.total ||
      readAmount(found.charge) !== order.charge ||
      found.lines.map((line) => `${line.sku}|${line.quantity}|${readAmount(line.unitPrice)}`).join('\n') !==
        order.lines.join('\n')
    );
  });
  return [...bad.map((order) => order.orderId), ...byId.keys()];
}

/** Ids that don't occur exactly once, and those that shouldn't occur at all. */
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

/** An amount as stored, in ten-thousandths; one that can't be read counts as a difference of its own. */
function readAmount(text: string): bigint {
  const parts = /^(-?)(\d+)(?:\.(\d{1,4}))?$/.exec(text);
  if (!parts) return -999_999_999_999_999n;
  const value = BigInt(`${parts[2]}${(parts[3] ?? '').padEnd(4, '0')}`);
  return parts[1] === '-' ? -value : value;
}
