// Prices are decimal strings with at most two decimals. Sums are whole pence, so they are exact.

/** Pence of a decimal string. */
export function pence(text) {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(text) ?? [undefined, '', '0'];
  const value = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
  return sign === '-' ? -value : value;
}

/** Formats pence as the API does: `1234.50`. */
export function decimal(amount) {
  const digits = String(amount < 0n ? -amount : amount).padStart(3, '0');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Formats pence or a decimal string for people: `£1,234.50`. */
export function pounds(value) {
  const text = decimal(typeof value === 'bigint' ? value : pence(value));
  return text.replace(
    /^(-?)(\d+)/,
    (_, sign, whole) => `${sign ? '−' : ''}£${whole.replace(/\B(?=(?:\d{3})+$)/g, ',')}`,
  );
}
