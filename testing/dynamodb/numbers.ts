/** An exact decimal number. Its value is `digits * 10 ** exponent`. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** Maximum significant digits of a number in DynamoDB. */
const MAX_DIGITS = 38;
const MAX_MAGNITUDE = 125;
const MIN_MAGNITUDE = -130;

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

/** Returns the reason why DynamoDB doesn't accept a text as a number, or undefined if it does. */
export function numberFault(text: string): string | undefined {
  const number = parse(text);
  if (number === undefined) return `The parameter cannot be converted to a numeric value: ${text}`;
  const length = magnitude(number.digits);
  if (length > MAX_DIGITS) return 'Attempting to store more than 38 significant digits in a Number';
  if (number.digits === 0n) return undefined;
  const size = length - 1 + number.exponent;
  if (size > MAX_MAGNITUDE) {
    return 'Number overflow. Attempting to store a number with magnitude larger than supported range';
  }
  if (size < MIN_MAGNITUDE) {
    return 'Number underflow. Attempting to store a number with magnitude smaller than supported range';
  }
  return undefined;
}

/**
 * Returns a number in the form in which DynamoDB returns it: without an exponent, and without
 * leading or trailing zeros.
 */
export function canonicalNumber(text: string): string {
  const number = parse(text);
  return number === undefined ? text : format(number);
}

export function addNumbers(a: string, b: string): string {
  return combine(a, b, (x, y) => x + y);
}

export function subtractNumbers(a: string, b: string): string {
  return combine(a, b, (x, y) => x - y);
}

/** Negative if `a` is less than `b`, 0 if they are equal, positive otherwise. */
export function compareNumbers(a: string, b: string): number {
  const [x, y] = aligned(a, b);
  return x.digits < y.digits ? -1 : x.digits > y.digits ? 1 : 0;
}

function combine(a: string, b: string, operation: (x: bigint, y: bigint) => bigint): string {
  const [x, y] = aligned(a, b);
  return format(trimmed({ digits: operation(x.digits, y.digits), exponent: x.exponent }));
}

/** Converts two numbers so that they have the same exponent. */
function aligned(a: string, b: string): [Decimal, Decimal] {
  const zero = { digits: 0n, exponent: 0 };
  const [x, y] = [parse(a) ?? zero, parse(b) ?? zero];
  const exponent = Math.min(x.exponent, y.exponent);
  const shift = ({ digits, exponent: from }: Decimal) => ({
    digits: digits * 10n ** BigInt(from - exponent),
    exponent,
  });
  return [shift(x), shift(y)];
}

function parse(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', power = '0'] = NUMBER.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  return trimmed({ digits, exponent: Number(power) - fraction.length });
}

function trimmed({ digits, exponent }: Decimal): Decimal {
  if (digits === 0n) return { digits, exponent: 0 };
  let [rest, power] = [digits, exponent];
  while (rest % 10n === 0n) {
    rest /= 10n;
    power++;
  }
  return { digits: rest, exponent: power };
}

function format({ digits, exponent }: Decimal): string {
  if (exponent >= 0) return String(digits * 10n ** BigInt(exponent));
  const negative = digits < 0n;
  const text = String(negative ? -digits : digits).padStart(1 - exponent, '0');
  const at = text.length + exponent;
  return `${negative ? '-' : ''}${text.slice(0, at)}.${text.slice(at)}`;
}

function magnitude(digits: bigint): number {
  return String(digits < 0n ? -digits : digits).length;
}
