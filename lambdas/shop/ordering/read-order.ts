import { isPrice, PRICE_RULE } from '../money';
import { DESCRIPTION_RULE, isDescription, isSku, SKU_RULE } from '../products';
import { asRecord, type Issue, isText, noObject, Reader, render } from '../reading';
import { guestId, isOrderId, type OrderLine, WEB_PREFIX } from './order';

/** Lines of one order. */
export const MAX_LINES = 2_000;
/** Pieces of one line. */
export const MAX_QUANTITY = 100_000;

/** What a till says of a sale or a refund. */
export interface TillOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly placedAt: string;
  readonly currency: 'GBP';
  readonly country: string;
  readonly email?: string;
  readonly lines: readonly OrderLine[];
}

/** What a person says: the rest is the catalogue's and the token's. */
export interface WebOrder {
  readonly idempotencyKey: string;
  readonly email?: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

/** A body read, with everything that is wrong with it. */
export type Reading<T> = { readonly issues: Issue[]; readonly value?: T };

const CUSTOMER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const IDEMPOTENCY_KEY = /^[A-Za-z0-9_-]{8,80}$/;
const EMAIL = /^[^\s@<>"(),;:\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+$/;
const TIME =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?$/;

const matches =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    isText(value) && pattern.test(value);

const absentOr =
  (passes: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || value === null || passes(value);

/** The length comes first: on a long text the pattern would take time that grows with its square. */
const isEmail = (value: unknown): boolean => isText(value) && value.length <= 254 && EMAIL.test(value);

const isQuantity = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_QUANTITY;

/** A time of a day that is in the calendar: `Date` alone would make the 3rd of March of the 31st of February. */
function isTime(value: unknown): boolean {
  const [, year, month, day] = (typeof value === 'string' && TIME.exec(value)) || [];
  if (day === undefined) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

/** Reads the lines; `look` says what one must have. */
function readLines(
  lines: unknown,
  look: (reader: Reader) => void,
): { issues: Issue[]; lines: Record<string, unknown>[] } {
  if (!Array.isArray(lines) || lines.length === 0 || lines.length > MAX_LINES) {
    const got = Array.isArray(lines) ? `${lines.length} lines` : render(lines);
    return { issues: [{ path: 'lines', message: `must be a list of 1 to ${MAX_LINES} lines`, got }], lines: [] };
  }
  const issues: Issue[] = [];
  for (const [i, line] of lines.entries()) {
    const record = asRecord(line);
    if (!record) {
      issues.push(noObject(`lines[${i}]`, line));
      continue;
    }
    const reader = new Reader(record, `lines[${i}].`);
    look(reader);
    issues.push(...reader.issues);
  }
  return { issues, lines };
}

const QUANTITY = `must be a whole number from 1 to ${MAX_QUANTITY}`;

/** Reads what a till sends to /checkout (`idField` is `orderId`) or /refunds (`refundId`). */
export function readTillOrder(body: unknown, idField: 'orderId' | 'refundId'): Reading<TillOrder> {
  const record = asRecord(body);
  if (!record) return { issues: [noObject('body', body)] };
  const reader = new Reader(record);
  reader.only([idField, 'customerId', 'placedAt', 'currency', 'country', 'email', 'lines'], 'from a till');
  reader.check(
    idField,
    `must be 1 to 40 letters, digits and '-', and not start with '${WEB_PREFIX}'`,
    (id) => isOrderId(id) && !id.startsWith(WEB_PREFIX),
  );
  reader.check(
    'customerId',
    `must be 1 to 64 letters, digits and '._-', or null for a guest`,
    absentOr(matches(CUSTOMER_ID)),
  );
  reader.check('placedAt', 'must be a time in ISO 8601, of a day that the calendar has', isTime);
  reader.check(
    'currency',
    `must be 'GBP' or absent`,
    absentOr((value) => value === 'GBP'),
  );
  reader.check('country', 'must be a text of 1 to 60 characters', matches(/^\S.{0,59}$/u));
  reader.check('email', 'must be an e-mail address or absent', absentOr(isEmail));
  const { issues, lines } = readLines(record['lines'], (line) => {
    line.only(['sku', 'description', 'quantity', 'unitPrice'], 'in a line');
    line.check('sku', SKU_RULE, isSku);
    line.check('description', DESCRIPTION_RULE, isDescription);
    line.check('quantity', QUANTITY, isQuantity);
    line.check('unitPrice', PRICE_RULE, isPrice);
  });
  if (reader.issues.length + issues.length > 0) return { issues: [...reader.issues, ...issues] };
  const orderId = String(record[idField]);
  return {
    issues: [],
    value: {
      orderId,
      customerId: typeof record['customerId'] === 'string' ? record['customerId'] : guestId(orderId),
      placedAt: String(record['placedAt']),
      currency: 'GBP',
      country: String(record['country']),
      ...(typeof record['email'] === 'string' ? { email: record['email'] } : {}),
      lines: lines.map((line) => ({
        sku: String(line['sku']),
        description: String(line['description']).trim(),
        quantity: Number(line['quantity']),
        unitPrice: String(line['unitPrice']),
      })),
    },
  };
}

/** Reads what a person sends to /checkout. */
export function readWebOrder(body: unknown): Reading<WebOrder> {
  const record = asRecord(body);
  if (!record) return { issues: [noObject('body', body)] };
  const reader = new Reader(record);
  reader.only(['lines', 'idempotencyKey', 'email'], 'from a person: it comes from the catalogue and the token');
  reader.check('idempotencyKey', `must be 8 to 80 letters, digits and '_-'`, matches(IDEMPOTENCY_KEY));
  reader.check('email', 'must be an e-mail address or absent', absentOr(isEmail));
  const { issues, lines } = readLines(record['lines'], (line) => {
    line.only(['sku', 'quantity'], 'from a person: prices come from the catalogue');
    line.check('sku', SKU_RULE, isSku);
    line.check('quantity', QUANTITY, isQuantity);
  });
  if (reader.issues.length + issues.length > 0) return { issues: [...reader.issues, ...issues] };
  return {
    issues: [],
    value: {
      idempotencyKey: String(record['idempotencyKey']),
      ...(typeof record['email'] === 'string' ? { email: record['email'] } : {}),
      lines: lines.map((line) => ({ sku: String(line['sku']), quantity: Number(line['quantity']) })),
    },
  };
}
