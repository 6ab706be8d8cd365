/**
 * Grace periods in minutes, longest first. If a function was busy for this time without a break,
 * missing metrics count as idle only after the same time. After less than 10 busy minutes, missing
 * metrics mean idleness as often as delay. With a grace period above 60 minutes, a real end of
 * traffic would be noticed too late.
 */
const GRACE_PERIODS_MINUTES = [60, 10] as const;

/**
 * Number of minutes without metrics that may be a delay instead of idleness, although CloudWatch
 * has newer metrics of another function. A function that was always busy seldom stops suddenly.
 * @param newestFirst minutes of the function, from the newest measured one backwards; NaN means
 * unknown and isn't a break
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
