// Prices are decimal strings of at most four decimals; sums are made of whole ten-thousandths, so they are exact.

export function units(text) {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,4}))?$/.exec(text) ?? [undefined, '', '0'];
  const value = BigInt(whole) * 10000n + BigInt(fraction.padEnd(4, '0'));
  return sign === '-' ? -value : value;
}

/** As pounds: two decimals, or as many as a price has. */
export function pounds(value) {
  const amount = typeof value === 'bigint' ? value : units(value);
  const digits = String(amount < 0n ? -amount : amount).padStart(5, '0');
  const whole = digits.slice(0, -4).replace(/\B(?=(?:\d{3})+$)/g, ',');
  return `${amount < 0n ? '−' : ''}£${whole}.${digits.slice(-4).replace(/0{1,2}$/, '')}`;
}
