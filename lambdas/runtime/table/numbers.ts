/**
 * A number that is kept as text, with all its digits. `String()` returns the text, and a write
 * stores all digits.
 */
export interface ExactNumber {
  readonly value: string;
  toString(): string;
}

/** A number with at most this many decimal digits keeps all of them as a JavaScript number. */
const SAFE_DIGITS = 15;

/**
 * Converts a number's text from DynamoDB. Returns a JavaScript number if it keeps all digits.
 * Otherwise returns a bigint for a whole number, and an `ExactNumber` for a decimal.
 */
export function toNumber(text: string, exact: { from(text: string): ExactNumber }): number | bigint | ExactNumber {
  const value = Number(text);
  if (text.length <= SAFE_DIGITS) return value;
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value) ? value : BigInt(text);
  return significantDigits(String(value)) === significantDigits(text) ? value : exact.from(text);
}

function significantDigits(text: string): string {
  const [mantissa = ''] = text.toLowerCase().split('e');
  return mantissa.replace(/[-+.]/g, '').replace(/^0+|0+$/g, '');
}
