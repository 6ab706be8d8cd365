import { parse } from 'csv-parse/sync';

/** What the shop takes for a stock code and a price: a line without them is refused, and makes no product. */
const SKU = /^[\x21-\x7e](?:[\x20-\x7e]{0,30}[\x21-\x7e])?$/;
const PRICE = /^\d{1,12}(?:\.\d{1,4})?$/;

/** One line of an invoice, as the till would send it. */
export interface SaleLine {
  /** Record in the file, the header being record 1. */
  readonly record: number;
  readonly sku: string;
  readonly description: string;
  /** Pieces sold, or in a cancellation given back; not a number where the file has none. */
  readonly quantity: number;
  readonly unitPrice: string;
}

/** One invoice: a sale, or a cancellation. */
export interface Sale {
  readonly invoiceNo: string;
  readonly cancellation: boolean;
  /** Undefined for a guest. */
  readonly customerId?: string;
  readonly placedAt: string;
  readonly country: string;
  readonly lines: readonly SaleLine[];
}

export interface CatalogueEntry {
  readonly sku: string;
  readonly description: string;
  readonly price: string;
}

/** Columns that a file must have. */
const COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
];

/** Codes of the till that stand for no product: postage, carriage, discounts, fees, entries by hand, samples, bad debt. */
const SERVICES = new Set(['POST', 'DOT', 'C2', 'M', 'D', 'S', 'B', 'PADS', 'CRUK', 'BANK CHARGES', 'AMAZONFEE']);

/**
 * Reads the invoices of a file in the order of their time.
 * @throws Error if it can't be read as CSV, or a column is missing
 */
export function readSales(csv: string): Sale[] {
  const records: string[][] = parse(csv, { bom: true, relax_column_count: true, skip_empty_lines: true });
  const header = records[0] ?? [];
  const missing = COLUMNS.filter((name) => !header.includes(name));
  if (missing.length > 0)
    throw new Error(`orders file must have the columns ${COLUMNS.join(',')}; missing: ${missing.join(', ')}`);
  const sales = new Map<string, Sale & { lines: SaleLine[] }>();
  for (const [i, record] of records.slice(1).entries()) {
    const field = (name: string): string => (record[header.indexOf(name)] ?? '').trim();
    const invoiceNo = field('InvoiceNo');
    const cancellation = invoiceNo.startsWith('C');
    const customerId = field('CustomerID');
    let sale = sales.get(invoiceNo);
    if (!sale) {
      sale = { invoiceNo, cancellation, placedAt: field('InvoiceDate'), country: field('Country'), lines: [] };
      sales.set(invoiceNo, sale);
    }
    // An invoice is one customer's, even where only some of its lines say so.
    if (customerId !== '' && sale.customerId === undefined) {
      sale = { ...sale, customerId };
      sales.set(invoiceNo, sale);
    }
    const quantity = field('Quantity') === '' ? Number.NaN : Number(field('Quantity'));
    sale.lines.push({
      record: i + 2,
      sku: field('StockCode'),
      description: field('Description'),
      quantity: cancellation ? -quantity : quantity,
      unitPrice: field('UnitPrice'),
    });
  }
  // The sort is stable: invoices of one minute keep the order of the file.
  return [...sales.values()].sort((a, b) => (a.placedAt < b.placedAt ? -1 : a.placedAt > b.placedAt ? 1 : 0));
}

/** What the shop sells: each product as the first sale of it has it. */
export function catalogueOf(sales: readonly Sale[]): CatalogueEntry[] {
  const entries = new Map<string, CatalogueEntry>();
  for (const { cancellation, lines } of sales) {
    if (cancellation) continue;
    for (const { sku, description, quantity, unitPrice } of lines) {
      if (entries.has(sku) || SERVICES.has(sku.toUpperCase()) || !SKU.test(sku) || sku.includes('#')) continue;
      if (description === '' || description.length > 200) continue;
      if (!(Number.isInteger(quantity) && quantity >= 1 && quantity <= 100_000)) continue;
      if (!PRICE.test(unitPrice) || Number(unitPrice) === 0) continue;
      entries.set(sku, { sku, description, price: unitPrice });
    }
  }
  return [...entries.values()];
}
