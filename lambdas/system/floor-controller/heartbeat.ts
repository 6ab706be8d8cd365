/** Metrics of other functions may be a little later than those of the floor controller. */
const SAFETY_MINUTES = 2;

/** A value that is missing for this long isn't late any more. */
const SETTLED_MINUTES = 180;

/**
 * Distinguishes idleness from delay. CloudWatch has no values for idle minutes, and none yet for
 * minutes that are late. The floor controller itself runs every minute. So where its own
 * invocations are shown, others would be too.
 */
export class Heartbeat {
  private readonly beats = new Set<number>();
  private first = Infinity;
  private last = -Infinity;

  /** Newest minute with an invocation; -Infinity if there is none. */
  public get newest(): number {
    return this.last;
  }

  /** Minutes in which the floor controller ran. */
  public hear(minutes: Iterable<number>): void {
    for (const minute of minutes) {
      this.beats.add(minute);
      this.first = Math.min(this.first, minute);
      this.last = Math.max(this.last, minute);
    }
  }

  /** Forgets the single minutes before one. */
  public forget(before: number): void {
    for (const minute of this.beats) if (minute < before) this.beats.delete(minute);
  }

  /**
   * Whether a minute without a value was idle, and isn't just late.
   * @param newest newest minute of which that function has a value
   */
  public wasIdle(minute: number, newest: number, now: number): boolean {
    // Before the floor controller ever ran, only a later value of the function or enough time can
    // show idleness.
    if (this.last === -Infinity) return minute < newest || minute < now - SETTLED_MINUTES;
    if (minute > this.last - SAFETY_MINUTES) return false;
    // A missing invocation of the floor controller may be shown later, out of order, or it didn't
    // run.
    return minute < this.first || this.beats.has(minute) || minute <= this.last - SETTLED_MINUTES;
  }
}
