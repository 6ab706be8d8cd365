const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

/** Largest exponent that is written out. DynamoDB's numbers are between 1e-130 and 1e126. */
const MAX_EXPONENT = 400;

/**
 * Returns the one text that equal decimal numbers share, and that DynamoDB returns for a number:
 * all digits, without an exponent, without leading or trailing zeros, and `-` before a negative
 * number. So a key has the same slot in every language, whichever text of the number a program has.
 *
 * @param number a number, or its text as JavaScript, DynamoDB or another language writes it
 * @throws RangeError if it isn't a finite decimal number
 *
 * @example
 * decimalText(1e-7); // '0.0000001'
 */
export function decimalText(number: number | bigint | string): string {
  if (Number.isSafeInteger(number)) return String(number);
  const [, sign, whole = '', fraction = '', power = '0'] = NUMBER.exec(String(number)) ?? [];
  const exponent = Number(power);
  if (sign === undefined || whole + fraction === '' || Math.abs(exponent) > MAX_EXPONENT) {
    throw new RangeError(`a key must be a finite decimal number, got ${typeof number} that is none`);
  }
  const digits = whole + fraction;
  // Position of the decimal point in the digits. It may be before the first or after the last one.
  const point = whole.length + exponent;
  const before = digits.slice(0, Math.max(0, point)).padEnd(point, '0').replace(/^0+/, '') || '0';
  const after = `${'0'.repeat(Math.max(0, -point))}${digits.slice(Math.max(0, point))}`.replace(/0+$/, '');
  const text = after === '' ? before : `${before}.${after}`;
  return sign === '-' && text !== '0' ? `-${text}` : text;
}
