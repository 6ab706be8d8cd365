/**
 * A number's text with all its digits; `String()` gives the text, and writing it back keeps the
 * digits.
 */
export interface ExactNumber {
  readonly value: string;
  toString(): string;
}

/** Every number of so many digits comes back from a JavaScript number as it was. */
const SAFE_DIGITS = 15;

/**
 * A number as DynamoDB stores it: a number if that keeps all digits, else a bigint (whole numbers)
 * or an exact number (decimals).
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
