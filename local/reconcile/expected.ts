import { parseCsv } from './csv';

/** What one order must look like. Amounts are ten-thousandths of a pound. */
export interface ExpectedOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly refund: boolean;
  /** `sku|quantity|price in ten-thousandths`, in the order of the file. */
  readonly lines: readonly string[];
  /** Negative for a refund. */
  readonly total: bigint;
  /** The total in whole pence, in ten-thousandths. */
  readonly charge: bigint;
}

/** What must be there once a file has been replayed. */
export interface Expected {
  readonly orders: readonly ExpectedOrder[];
  /** Lines that a shop must refuse, by their record in the file (the header is record 1). */
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

/** Codes of the till for what is no product: postage, discounts, fees, corrections by hand. */
const NO_PRODUCT = /^(?:POST|DOT|C2|M|D|S|B|PADS|CRUK|BANK CHARGES|AMAZONFEE)$/i;

interface Line {
  readonly record: number;
  readonly sku: string;
  readonly description: string;
  /** Undefined where it isn't a positive price of at most four decimals. */
  readonly price: bigint | undefined;
  /** As written: negative in a refund. */
  readonly quantity: bigint | undefined;
}

/**
 * Counts from the CSV what the stores must hold, by rules of its own: nothing here is shared with the shop.
 * @throws Error if a column is missing
 */
export function expectedOf(csv: string): Expected {
  const [header = [], ...records] = parseCsv(csv);
  const column = COLUMNS.map((name) => header.indexOf(name));
  const missing = COLUMNS.filter((_, i) => column[i]! < 0);
  if (missing.length > 0)
    throw new Error(`CSV must have the columns ${COLUMNS.join(', ')}; missing: ${missing.join(', ')}`);

  const invoices = new Map<string, { customer: string; lines: Line[] }>();
  for (const [i, record] of records.entries()) {
    const [invoiceNo, sku, description, quantity, , price, customer] = column.map((at) => (record[at] ?? '').trim());
    const invoice = invoices.get(invoiceNo!) ?? { customer: '', lines: [] };
    invoices.set(invoiceNo!, invoice);
    if (invoice.customer === '') invoice.customer = customer!;
    invoice.lines.push({
      record: i + 2,
      sku: sku!,
      description: description!,
      price: tenThousandths(price!),
      quantity: /^-?\d{1,9}$/.test(quantity!) ? BigInt(quantity!) : undefined,
    });
  }

  const orders: ExpectedOrder[] = [];
  const refused: number[] = [];
  const products = new Set<string>();
  for (const [orderId, { customer, lines }] of invoices) {
    const refund = orderId.startsWith('C');
    const sign = refund ? -1n : 1n;
    const kept = lines.filter((line) => isSellable(line, sign));
    refused.push(...lines.filter((line) => !kept.includes(line)).map((line) => line.record));
    if (kept.length === 0) continue;
    const total = kept.reduce((sum, line) => sum + line.quantity! * line.price!, 0n);
    orders.push({
      orderId,
      customerId: customer === '' ? `guest#${orderId}` : customer,
      refund,
      lines: kept.map((line) => `${line.sku}|${line.quantity! * sign}|${line.price}`),
      total,
      charge: wholePence(total),
    });
    if (!refund) for (const line of kept) if (!NO_PRODUCT.test(line.sku)) products.add(line.sku);
  }
  return { orders, refused: refused.sort((a, b) => a - b), products: [...products].sort() };
}

/** A line has a code, a description, a price and a quantity that goes the way of its invoice. */
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

function tenThousandths(text: string): bigint | undefined {
  if (!/^\d{1,12}(?:\.\d{1,4})?$/.test(text)) return undefined;
  const [whole, fraction = ''] = text.split('.');
  const value = BigInt(`${whole}${`${fraction}0000`.slice(0, 4)}`);
  return value > 0n ? value : undefined;
}

/** Nearest pennies; halves go away from zero. */
function wholePence(value: bigint): bigint {
  const rest = value % 100n;
  if (rest >= 50n) return value - rest + 100n;
  if (rest <= -50n) return value - rest - 100n;
  return value - rest;
}

/** Ten-thousandths as pounds with two to four decimals, thousands set apart. */
export function pounds(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(5, '0');
  const whole = digits.slice(0, -4).replace(/\B(?=(?:\d{3})+$)/g, ',');
  const fraction = digits.slice(-4).replace(/0{1,2}$/, '');
  return `${value < 0n ? '-' : ''}${whole}.${fraction}`;
}
