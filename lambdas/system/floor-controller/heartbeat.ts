/** Metrics of other functions may arrive this much later than those of the floor controller. */
const SAFETY_MINUTES = 2;

/** A value that is still missing after this time will not arrive. */
const SETTLED_MINUTES = 180;

/**
 * Distinguishes idle minutes from delayed metrics. In both cases CloudWatch has no value. But the
 * floor controller itself runs every minute. So if CloudWatch has the controller's own invocations
 * of a minute, it has the other metrics of that minute too.
 */
export class Heartbeat {
  private readonly beats = new Set<number>();
  private first = Infinity;
  private last = -Infinity;

  /** Newest minute with an invocation. -Infinity if there is none. */
  public get newest(): number {
    return this.last;
  }

  /** Adds minutes for which CloudWatch has an invocation of the floor controller. */
  public hear(minutes: Iterable<number>): void {
    for (const minute of minutes) {
      this.beats.add(minute);
      this.first = Math.min(this.first, minute);
      this.last = Math.max(this.last, minute);
    }
  }

  /** Removes the minutes before a minute, to free memory. */
  public forget(before: number): void {
    for (const minute of this.beats) if (minute < before) this.beats.delete(minute);
  }

  /**
   * Whether a minute without a value was idle. Otherwise its value may be delayed.
   * @param newest newest minute for which the function has a value
   */
  public wasIdle(minute: number, newest: number, now: number): boolean {
    // Before the floor controller's first run, only a later value of the function, or enough time,
    // shows that the minute was idle.
    if (this.last === -Infinity) return minute < newest || minute < now - SETTLED_MINUTES;
    if (minute > this.last - SAFETY_MINUTES) return false;
    // If an invocation of the floor controller is missing, either its value will arrive later, or
    // the controller didn't run. The minute counts as idle only after `SETTLED_MINUTES`.
    return minute < this.first || this.beats.has(minute) || minute <= this.last - SETTLED_MINUTES;
  }
}
