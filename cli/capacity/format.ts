/** Formats numbers for people, in the same way on every machine. */
const grouped = (digits: number) => new Intl.NumberFormat('en-US', { maximumFractionDigits: digits });
const WHOLE = grouped(0);
const TENTHS = grouped(1);

const SMALL = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

/** No decimals from 100 on, one decimal from 1 to 100, and two significant digits below 1. */
export function count(value: number): string {
  const size = Math.abs(value);
  return (size >= 100 ? WHOLE : size >= 1 ? TENTHS : SMALL).format(value);
}

/**
 * Abbreviates large numbers: `12.3 k` (thousands, from 10,000 on), `4.5 m` (millions), `1.2 bn`
 * (billions).
 */
export function short(value: number): string {
  if (Math.abs(value) >= 1e9) return `${TENTHS.format(value / 1e9)} bn`;
  if (Math.abs(value) >= 1e6) return `${TENTHS.format(value / 1e6)} m`;
  if (Math.abs(value) >= 10_000) return `${TENTHS.format(value / 1000)} k`;
  return count(value);
}

/** Formats a share with enough decimals to distinguish small ones. */
export function percent(share: number): string {
  if (share === 0) return '0 %';
  const value = share * 100;
  const size = Math.abs(value);
  if (size < 0.0005) return '< 0.001 %';
  return `${value.toFixed(size < 0.1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0)} %`;
}

export function dollars(usd: number): string {
  if (usd === 0) return '$0';
  if (Math.abs(usd) < 0.01) return `$${usd.toPrecision(2)}`;
  return `$${Math.abs(usd) >= 1000 ? WHOLE.format(usd) : usd.toFixed(2)}`;
}

/** Formats a ratio. `-` stands for a ratio whose denominator is 0. */
export function ratio(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value.toFixed(Math.abs(value) < 10 ? 3 : 1);
}

/** `3 h 12 min`, `45 s`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${TENTHS.format(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${WHOLE.format(minutes / 1440)} days`;
}
