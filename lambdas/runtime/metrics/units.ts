/** Units of Amazon CloudWatch. */
const UNITS = [
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terabytes',
  'Bits',
  'Kilobits',
  'Megabits',
  'Gigabits',
  'Terabits',
  'Percent',
  'Count',
  'Bytes/Second',
  'Kilobytes/Second',
  'Megabytes/Second',
  'Gigabytes/Second',
  'Terabytes/Second',
  'Bits/Second',
  'Kilobits/Second',
  'Megabits/Second',
  'Gigabits/Second',
  'Terabits/Second',
  'Count/Second',
  'None',
] as const;

/** Unit of a metric. */
export type MetricUnit = (typeof UNITS)[number];

export function isUnit(unit: unknown): unit is MetricUnit {
  return (UNITS as readonly unknown[]).includes(unit);
}

/** All units, for an error. It is a function, so that bundles without metrics don't contain it. */
export function unitsText(): string {
  return UNITS.join(', ');
}
