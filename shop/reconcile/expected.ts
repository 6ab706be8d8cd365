import { parseCsv } from './csv';

/** The expected form of a stored line. */
export interface ExpectedLine {
  readonly sku: string;
  readonly description: string;
  /** Positive, also in a refund. */
  readonly quantity: bigint;
  readonly unitPrice: bigint;
}

/** The expected form of a stored order. Amounts are in pence. */
export interface ExpectedOrder {
  readonly orderId: string;
  /** Partition key of the customer. */
  readonly customerId: string;
  readonly refund: boolean;
  /** Time in the form `2010-12-01T08:26:00`. The file may have another form. */
  readonly placedAt: string;
  readonly country: string;
  /** Recipient of the mail. A guest has none. */
  readonly email?: string;
  /** Lines, in the order of the file. */
  readonly lines: readonly ExpectedLine[];
  /** Negative for a refund. */
  readonly total: bigint;
}

/** Expected content of the stores after the replay of a file. */
export interface Expected {
  readonly orders: readonly ExpectedOrder[];
  /** Numbers of the file's records that the shop must refuse. The header is record 1. */
  readonly refused: readonly number[];
  readonly products: readonly string[];
}

const COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const;

/**
 * Prefix of the IDs of orders that people place on the storefront. No invoice number of the point
 * of sale has this prefix.
 */
export const WEB_PREFIX = 'W-';

/** Codes of lines that aren't products: postage, discounts, fees, manual corrections. */
const NO_PRODUCT = /^(?:POST|DOT|C2|M|D|S|B|PADS|CRUK|BANK CHARGES|AMAZONFEE)$/i;

/** Maximum number of lines of an order. */
const MAX_LINES = 2_000;

interface Line {
  readonly record: number;
  readonly sku: string;
  readonly description: string;
  /** Price in pence. Undefined if it isn't positive, or has more than two decimals. */
  readonly price: bigint | undefined;
  /** Quantity as in the file: negative in a refund. */
  readonly quantity: bigint | undefined;
}

/** An invoice. Customer, date and country are each taken from the first line that states them. */
interface Invoice {
  readonly lines: Line[];
  customer: string;
  date: string;
  country: string;
}

/**
 * Computes the expected content of the stores from the CSV. It shares no code with the shop.
 * @throws Error if a column is missing
 */
export function expectedOf(csv: string): Expected {
  // Blank records aren't counted.
  const [header = [], ...records] = parseCsv(csv).filter((record) => record.join('').trim() !== '');
  const column = COLUMNS.map((name) => header.map((title) => title.trim()).indexOf(name));
  const missing = COLUMNS.filter((_, i) => column[i]! < 0);
  if (missing.length > 0)
    throw new Error(`CSV must have the columns ${COLUMNS.join(', ')}; missing: ${missing.join(', ')}`);

  const invoices = new Map<string, Invoice>();
  for (const [i, record] of records.entries()) {
    const [invoiceNo, sku, description, quantity, date, price, customer, country] = column.map((at) =>
      (record[at] ?? '').trim(),
    );
    const invoice = invoices.get(invoiceNo!) ?? { customer: '', date: '', country: '', lines: [] };
    invoices.set(invoiceNo!, invoice);
    if (invoice.customer === '') invoice.customer = customer!;
    if (invoice.date === '') invoice.date = date!;
    if (invoice.country === '') invoice.country = country!;
    invoice.lines.push({
      record: i + 2,
      sku: sku!,
      description: description!,
      price: pence(price!),
      quantity: /^-?\d+$/.test(quantity!) ? BigInt(quantity!) : undefined,
    });
  }

  const orders: ExpectedOrder[] = [];
  const refused: number[] = [];
  const products = new Set<string>();
  for (const [orderId, invoice] of invoices) {
    const { customer, lines } = invoice;
    const refund = /^c/i.test(orderId);
    const sign = refund ? -1n : 1n;
    const good = lines.filter((line) => isSellable(line, sign));
    if (!refund) for (const line of good) if (!NO_PRODUCT.test(line.sku)) products.add(line.sku);
    const placedAt = isoTime(invoice.date);
    // If an invoice is invalid, all its lines are refused.
    const kept = placedAt !== undefined && isAcceptable(orderId, invoice) ? good : [];
    refused.push(...lines.filter((line) => !kept.includes(line)).map((line) => line.record));
    if (kept.length === 0) continue;
    const total = kept.reduce((sum, line) => sum + line.quantity! * line.price!, 0n);
    orders.push({
      orderId,
      customerId: customer === '' ? `guest#${orderId}` : `customer#${customer}`,
      refund,
      placedAt: placedAt!,
      country: invoice.country === '' ? 'Unspecified' : invoice.country,
      ...(customer === '' ? {} : { email: `customer-${customer}@customers.example` }),
      lines: kept.map(({ sku, description, quantity, price }) => ({
        sku,
        description,
        quantity: quantity! * sign,
        unitPrice: price!,
      })),
      total,
    });
  }
  return { orders, refused: refused.sort((a, b) => a - b), products: [...products].sort() };
}

/** Whether number, customer, country and number of lines of an invoice are valid. */
function isAcceptable(orderId: string, { customer, country, lines }: Invoice): boolean {
  return (
    /^[a-z0-9][a-z0-9-]{0,39}$/i.test(orderId) &&
    !orderId.startsWith(WEB_PREFIX) &&
    // The local part of the e-mail address is `customer-` and this number, and has at most 64
    // characters.
    (customer === '' || /^[a-z0-9][a-z0-9._-]{0,54}$/i.test(customer)) &&
    [...country].length <= 60 &&
    !/[\n\r\u2028\u2029]/.test(country) &&
    lines.length <= MAX_LINES
  );
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d?):(\d\d)(?::(\d\d))?$/;
/** Date with month, day and year, a form that a spreadsheet wrote into this data set. */
const SLASHES = /^(\d\d?)\/(\d\d?)\/(\d{4}) (\d\d?):(\d\d)(?::(\d\d))?$/;

/**
 * Parses a local time in one of three forms. Undefined for any other text, and for a day that
 * doesn't exist.
 */
function isoTime(text: string): string | undefined {
  const iso = ISO.exec(text)?.slice(1);
  const slashes = SLASHES.exec(text)?.slice(1);
  const parts = iso ?? (slashes && [slashes[2], slashes[0], slashes[1], ...slashes.slice(3)]);
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second] = parts.map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  if (day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return undefined;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${parts[0]}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
}

/**
 * Whether a line has a code, a description, a price, and a quantity with the sign of its invoice.
 */
function isSellable({ sku, description, price, quantity }: Line, sign: bigint): boolean {
  const pieces = (quantity ?? 0n) * sign;
  return (
    /^[\x20-\x7e]{1,32}$/.test(sku) &&
    !sku.includes('#') &&
    description.length >= 1 &&
    description.length <= 200 &&
    price !== undefined &&
    pieces >= 1n &&
    pieces <= 100_000n
  );
}

function pence(text: string): bigint | undefined {
  if (!/^(?:0|[1-9]\d{0,8})(?:\.\d{1,2})?$/.test(text)) return undefined;
  const [whole, fraction = ''] = text.split('.');
  const value = BigInt(`${whole}${`${fraction}00`.slice(0, 2)}`);
  return value > 0n ? value : undefined;
}

/** Pence as pounds with two decimals and thousands separators. */
export function pounds(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(3, '0');
  const whole = digits.slice(0, -2).replace(/\B(?=(?:\d{3})+$)/g, ',');
  return `${value < 0n ? '-' : ''}${whole}.${digits.slice(-2)}`;
}
