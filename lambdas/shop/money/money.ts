/**
 * Amounts in pence, exact. In JSON and in tables an amount is a decimal string in pounds, which no
 * JSON parser rounds.
 */
export type Money = bigint;

const PENCE_PER_POUND = 100n;
const DECIMAL = /^(-?)(\d{1,24})(?:\.(\d{1,2}))?$/;

/** Digits before the decimal point of a price. */
export const MAX_PRICE_DIGITS = 9;

/**
 * Reads a decimal string with at most two decimals.
 * @throws Error if it is anything else: an amount that can't be read must never count as zero
 */
export function money(text: string): Money {
  const [, sign, pounds, fraction = ''] = DECIMAL.exec(text) ?? [];
  if (pounds === undefined) throw new Error('an amount must be a decimal string with at most 2 decimals');
  const pence = BigInt(pounds) * PENCE_PER_POUND + BigInt(fraction.padEnd(2, '0'));
  return sign === '-' ? -pence : pence;
}

/** Writes an amount as a decimal string with two decimals. */
export function formatMoney(pence: Money): string {
  const magnitude = pence < 0n ? -pence : pence;
  const fraction = String(magnitude % PENCE_PER_POUND).padStart(2, '0');
  return `${pence < 0n ? '-' : ''}${magnitude / PENCE_PER_POUND}.${fraction}`;
}
