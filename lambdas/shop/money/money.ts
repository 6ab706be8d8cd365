/**
 * Money is exact: a bigint of ten-thousandths of a unit of currency, so that a price of 0.0625 stays what it is.
 * On the wire and in a table it is a decimal string, which no JSON parser rounds.
 */
export type Money = bigint;

/** Ten-thousandths in one unit. */
const UNIT = 10_000n;
/** Ten-thousandths in one penny: what can be charged. */
const PENNY = 100n;
const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d{1,4}))?$/;

/** Reads a decimal string with at most four decimals; undefined if it is anything else. */
export function parseMoney(text: unknown): Money | undefined {
  if (typeof text !== 'string') return undefined;
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign, whole, fraction = ''] = match;
  const units = BigInt(whole!) * UNIT + BigInt(fraction.padEnd(4, '0'));
  return sign === '-' ? -units : units;
}

/** What a price must be, in the words of a fault. */
export const PRICE_RULE = 'must be a decimal string above 0 with at most 4 decimals';

/** Whether a value is a price: nothing is given away, and nobody is paid to take it. */
export const isPrice = (value: unknown): boolean => (parseMoney(value) ?? 0n) > 0n;

/**
 * Reads a decimal string that this shop wrote itself.
 * @throws Error if it isn't one: a stored amount that can't be read must never pass for zero
 */
export function money(text: string): Money {
  const units = parseMoney(text);
  if (units === undefined) throw new Error(`stored amount must be a decimal, got ${JSON.stringify(text)}`);
  return units;
}

/** As a decimal string: two decimals, or as many more as it needs. */
export function formatMoney(units: Money): string {
  const magnitude = units < 0n ? -units : units;
  const fraction = String(magnitude % UNIT).padStart(4, '0');
  return `${units < 0n ? '-' : ''}${magnitude / UNIT}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, '')}`;
}

/** Rounded to whole pence, half away from zero: a refund gives back exactly what the same lines cost. */
export function roundToPence(units: Money): Money {
  const magnitude = units < 0n ? -units : units;
  const pence = ((magnitude + PENNY / 2n) / PENNY) * PENNY;
  return units < 0n ? -pence : pence;
}
