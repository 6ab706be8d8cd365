import { CsvError, parse } from 'csv-parse/sync';
import { LocalError } from '../../local/local-error';

/**
 * Stock codes and prices that the shop accepts. A line with another code or price is refused, and
 * adds no product to the catalogue.
 */
const SKU = /^[\x21-\x7e](?:[\x20-\x7e]{0,30}[\x21-\x7e])?$/;
const PRICE = /^(?:0|[1-9]\d{0,8})(?:\.\d{1,2})?$/;

/** One line of an invoice, in the form of a request. */
export interface SaleLine {
  /** Number of the record in the file. The header is record 1. */
  readonly record: number;
  /** Line number in the file at which the record ends, counted from 1. */
  readonly line: number;
  readonly sku: string;
  readonly description: string;
  /**
   * Sold or returned quantity. If the file's text isn't a whole number, it is this text, which the
   * shop refuses.
   */
  readonly quantity: number | string;
  readonly unitPrice: string;
}

/** One invoice: a sale, or a cancellation. */
export interface Sale {
  readonly invoiceNo: string;
  readonly cancellation: boolean;
  /** Undefined for a guest. */
  readonly customerId?: string;
  /** Local time, ISO 8601. If the form of the file's text is unknown, it is this text. */
  readonly placedAt: string;
  readonly country: string;
  readonly lines: readonly SaleLine[];
}

export interface CatalogueEntry {
  readonly sku: string;
  readonly description: string;
  readonly price: string;
}

/** Columns of a file. */
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

/**
 * Codes of lines that aren't products: postage, carriage, discounts, fees, manual entries, samples,
 * bad debt.
 */
const SERVICES = new Set(['POST', 'DOT', 'C2', 'M', 'D', 'S', 'B', 'PADS', 'CRUK', 'BANK CHARGES', 'AMAZONFEE']);

/** Country for an invoice without a country. The data set uses the same word. */
const NO_COUNTRY = 'Unspecified';
const WHOLE = /^-?\d+$/;
const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{1,2}):(\d{2})(?::(\d{2}))?$/;
/** Date with month, day and year. */
const SLASHES = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/**
 * Reads the invoices of a file, in order of time. Blank records aren't counted. Customer, time and
 * country of an invoice are each taken from the first line that states them.
 * @throws LocalError that names record and field if the file isn't CSV, lacks a column or has no
 * invoices
 */
export function readSales(csv: string): Sale[] {
  const [header, ...records] = recordsOf(csv);
  if (header === undefined) throw new LocalError(`it must have a header and invoices, but it is empty`);
  const column = new Map(COLUMNS.map((name) => [name, header.record.indexOf(name)]));
  const missing = COLUMNS.filter((name) => column.get(name) === -1);
  if (missing.length > 0) {
    throw new LocalError(
      `record 1 must name the columns ${COLUMNS.join(',')}; missing: ${missing.join(', ')}; ` +
        `got '${shortened(header.record.join(','))}'`,
    );
  }
  if (records.length === 0) throw new LocalError(`it must have invoices, but record 1, the header, is its only record`);

  const sales = new Map<string, { -readonly [K in keyof Sale]: Sale[K] } & { readonly lines: SaleLine[] }>();
  for (const [i, { record, line }] of records.entries()) {
    const field = (name: string): string => (record[column.get(name)!] ?? '').trim();
    const invoiceNo = field('InvoiceNo');
    const cancellation = /^c/i.test(invoiceNo);
    const sale = sales.get(invoiceNo) ?? { invoiceNo, cancellation, placedAt: '', country: '', lines: [] };
    sales.set(invoiceNo, sale);
    if (sale.customerId === undefined && field('CustomerID') !== '') sale.customerId = field('CustomerID');
    if (sale.placedAt === '') sale.placedAt = timeOf(field('InvoiceDate'));
    if (sale.country === '') sale.country = field('Country');
    sale.lines.push({
      record: i + 2,
      line,
      sku: field('StockCode'),
      description: field('Description'),
      quantity: quantityOf(field('Quantity'), cancellation),
      unitPrice: field('UnitPrice'),
    });
  }
  // The sort is stable, so invoices of the same minute keep the order of the file.
  return [...sales.values()]
    .map((sale) => (sale.country === '' ? { ...sale, country: NO_COUNTRY } : sale))
    .sort((a, b) => (a.placedAt < b.placedAt ? -1 : a.placedAt > b.placedAt ? 1 : 0));
}

/** All records that aren't blank. Column names in the header are trimmed. */
function recordsOf(csv: string): { readonly record: string[]; readonly line: number }[] {
  try {
    // The package's types don't reflect the option `info`, which changes the result.
    const records: unknown = parse(csv, {
      info: true,
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    });
    return (records as { readonly record: string[]; readonly info: { readonly lines: number } }[])
      .filter(({ record }) => record.some((text) => text.trim() !== ''))
      .map(({ record, info }, i) => ({
        record: i === 0 ? record.map((name) => name.trim()) : record,
        line: info.lines,
      }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { records, column, lines } = error as CsvError & Partial<Record<'records' | 'column' | 'lines', unknown>>;
    const header = csv.split(/[\r\n]/, 1)[0]!.split(',');
    const field = header[Number(column)]?.trim() ?? String(column);
    throw new LocalError(
      `record ${Number(records) + 1}, field ${field}, line ${lines} must be CSV: ${error.message.split('\n')[0]}`,
    );
  }
}

/** Converts a whole number. Other texts are sent unchanged, because the shop must refuse them. */
function quantityOf(text: string, cancellation: boolean): number | string {
  if (!WHOLE.test(text)) return text;
  return cancellation ? -Number(text) : Number(text);
}

/**
 * Parses the three forms of times in this data set: `12/1/2010 8:26` (month first), and ISO 8601
 * with a space or a `T`.
 */
function timeOf(text: string): string {
  const iso = ISO.exec(text);
  if (iso) return `${iso[1]}T${two(iso[2]!)}:${iso[3]}:${iso[4] ?? '00'}`;
  const parts = SLASHES.exec(text);
  if (!parts) return text;
  const [, month, day, year, hour, minute, second = '00'] = parts;
  return `${year}-${two(month!)}-${two(day!)}T${two(hour!)}:${minute}:${second}`;
}

const two = (digits: string): string => digits.padStart(2, '0');

const shortened = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}...` : text);

/** Products of the sales, with description and price of the first sale. */
export function catalogueOf(sales: readonly Sale[]): CatalogueEntry[] {
  const entries = new Map<string, CatalogueEntry>();
  for (const { cancellation, lines } of sales) {
    if (cancellation) continue;
    for (const { sku, description, quantity, unitPrice } of lines) {
      if (entries.has(sku) || SERVICES.has(sku.toUpperCase()) || !SKU.test(sku) || sku.includes('#')) continue;
      if (description === '' || description.length > 200) continue;
      if (typeof quantity !== 'number' || quantity < 1 || quantity > 100_000) continue;
      if (!PRICE.test(unitPrice) || Number(unitPrice) === 0) continue;
      entries.set(sku, { sku, description, price: unitPrice });
    }
  }
  return [...entries.values()];
}
