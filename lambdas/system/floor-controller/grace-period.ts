/**
 * Grace periods, longest first. A function that was busy for this many minutes without a break gets
 * this many minutes before missing metrics count as idle. Below 10 minutes, a function is idle as
 * often as busy. Above 60 minutes, a real end of traffic would stay unnoticed for too long.
 */
const GRACE_PERIODS_MINUTES = [60, 10] as const;

/**
 * How many minutes without metrics may be delay rather than idleness, although CloudWatch shows
 * newer metrics of another function. A function that is busy all the time seldom stops at once.
 * @param newestFirst minutes of the function from the newest measured one back; NaN is unknown and
 * no break
 */
export function gracePeriodOf(newestFirst: Iterable<number>): number {
  const [longest] = GRACE_PERIODS_MINUTES;
  let busy = 0;
  for (const value of newestFirst) {
    if (Number.isNaN(value)) continue;
    if (value <= 0 || ++busy === longest) break;
  }
  return GRACE_PERIODS_MINUTES.find((minutes) => busy >= minutes) ?? 0;
}
