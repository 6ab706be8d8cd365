/**
 * An exact amount in pence. In JSON and in tables an amount is a decimal string in pounds, because
 * JSON parsers may round numbers.
 */
export type Money = bigint;

const PENCE_PER_POUND = 100n;
const DECIMAL = /^(-?)(\d{1,24})(?:\.(\d{1,2}))?$/;

/** Digits before the decimal point of a price. */
export const MAX_PRICE_DIGITS = 9;

/**
 * Parses a decimal string with at most two decimals.
 * @throws Error for any other text, because an invalid amount must never count as zero
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
