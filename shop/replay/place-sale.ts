import type { Fault, Post } from './post';
import type { Sale, SaleLine } from './read-sales';

/** A line that the shop refused. */
export interface RefusedLine {
  readonly invoice: string;
  /** Record in the file. The header is record 1. */
  readonly record: number;
  /** Line number in the file at which the record ends, counted from 1. */
  readonly line: number;
  /** The invalid fields: `description, unitPrice`. */
  readonly field: string;
  /** The faults: `description "" must have 1 to 200 characters; ...`. */
  readonly reason: string;
}

/** An invoice that was not stored for another reason than invalid lines. */
export interface FailedSale {
  readonly invoice: string;
  readonly reason: string;
}

export interface Placed {
  /** Number of stored lines. 0 if every line was refused. */
  readonly lines: number;
  readonly refused: readonly RefusedLine[];
  readonly failed?: FailedSale;
}

const LINE = /^lines\[(\d+)\](?:\.(\w+))?$/;

/**
 * Sends an invoice to the shop. If the shop refuses lines, these lines are added to `refused`, and
 * the other lines are sent again. A fault of the invoice itself (number, time, customer, country)
 * counts as a fault of every line.
 */
export async function placeSale(post: Post, sale: Sale): Promise<Placed> {
  const refused: RefusedLine[] = [];
  let lines: readonly SaleLine[] = sale.lines;
  // An answer contains up to 20 faults, so a large invoice may need several rounds. Each round
  // removes at least one line.
  while (lines.length > 0) {
    const answer = await post(sale.cancellation ? '/refunds' : '/sales', bodyOf(sale, lines));
    if (answer.status === 200 || answer.status === 201) return { lines: lines.length, refused };
    const struck = answer.status === 422 ? refusalsOf(sale.invoiceNo, lines, answer.faults) : [];
    if (struck.length === 0) {
      return { lines: 0, refused, failed: { invoice: sale.invoiceNo, reason: `${answer.status} ${answer.text}` } };
    }
    refused.push(...struck);
    lines = lines.filter((line) => !struck.some(({ record }) => record === line.record));
  }
  return { lines: 0, refused };
}

/**
 * The lines that a refusal concerns. Empty if the refusal names neither a line nor a field of the
 * invoice.
 */
function refusalsOf(invoice: string, lines: readonly SaleLine[], faults: readonly Fault[]): RefusedLine[] {
  const ofInvoice = faults.filter(({ path }) => !LINE.test(path));
  if (ofInvoice.length === 0) return struckLines(invoice, lines, faults);
  const field = ofInvoice.map(({ path }) => path).join(', ');
  const reason = ofInvoice.map((fault) => reasonOf(fault.path, fault)).join('; ');
  return lines.map(({ record, line }) => ({ invoice, record, line, field, reason }));
}

const reasonOf = (field: string, { message, got }: Fault): string =>
  [field, ...(got === undefined ? [] : [got]), message].join(' ');

/** The lines in the faults. Each line occurs once, with all its invalid fields. */
function struckLines(invoice: string, lines: readonly SaleLine[], faults: readonly Fault[]): RefusedLine[] {
  const struck = new Map<number, RefusedLine>();
  for (const fault of faults) {
    const [, index, field = 'line'] = LINE.exec(fault.path) ?? [];
    const line = index === undefined ? undefined : lines[Number(index)];
    if (!line) continue;
    const reason = reasonOf(field, fault);
    const before = struck.get(line.record);
    struck.set(line.record, {
      invoice,
      record: line.record,
      line: line.line,
      field: before ? `${before.field}, ${field}` : field,
      reason: before ? `${before.reason}; ${reason}` : reason,
    });
  }
  return [...struck.values()];
}

/**
 * Makes the body of a request for an invoice. The file contains no e-mail addresses, so each
 * customer gets an address in a reserved domain.
 */
function bodyOf(sale: Sale, lines: readonly SaleLine[]): object {
  return {
    orderId: sale.invoiceNo,
    placedAt: sale.placedAt,
    country: sale.country,
    ...(sale.customerId === undefined
      ? {}
      : { customerId: sale.customerId, email: `customer-${sale.customerId}@customers.example` }),
    lines: lines.map(({ sku, description, quantity, unitPrice }) => ({ sku, description, quantity, unitPrice })),
  };
}
