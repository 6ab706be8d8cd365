/**
 * What was busy without a break for so many minutes is waited for as many when nothing is shown of it any more; the longest first. Less than
 * ten, and it rests as often as it works. More than an hour, and what really came to an end would be in doubt for longer than that.
 */
const PATIENCE_MINUTES = [60, 10] as const;

/**
 * For how many minutes a function's silence may be delay rather than rest, although CloudWatch is up to date with another: what was busy all
 * the time seldom rests all at once, and the longer it was, the more is lost by a mistake.
 * @param newestFirst its minutes from the newest that is shown back; those that aren't numbers are unknown, and no break
 */
export function patienceWith(newestFirst: Iterable<number>): number {
  const [longest] = PATIENCE_MINUTES;
  let busy = 0;
  for (const value of newestFirst) {
    if (Number.isNaN(value)) continue;
    if (value <= 0 || ++busy === longest) break;
  }
  return PATIENCE_MINUTES.find((minutes) => busy >= minutes) ?? 0;
}
