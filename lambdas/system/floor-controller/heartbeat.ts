/** Metrics of other functions may be a little later than those of the floor controller. */
const SAFETY_MINUTES = 2;

/** What is missing for so long is no longer late. */
const SETTLED_MINUTES = 180;

/**
 * Tells silence from delay. CloudWatch has no values of minutes in which a function did nothing, and none yet of minutes that it is late with. The
 * floor controller itself runs every minute, so where its own invocations are shown, others would be too.
 */
export class Heartbeat {
  private readonly beats = new Set<number>();
  private first = Infinity;
  private last = -Infinity;

  /** Newest minute of which it was shown; -Infinity if none was. */
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

  /** Lets go of single minutes before one. */
  public forget(before: number): void {
    for (const minute of this.beats) if (minute < before) this.beats.delete(minute);
  }

  /**
   * Whether a minute of which a function has no value was idle, rather than not shown yet.
   * @param newest newest minute of which that function has a value
   */
  public wasIdle(minute: number, newest: number, now: number): boolean {
    // Before it ever ran, a later value of the same function and time itself are all there is to go by.
    if (this.last === -Infinity) return minute < newest || minute < now - SETTLED_MINUTES;
    if (minute > this.last - SAFETY_MINUTES) return false;
    // A minute in which it should have run and wasn't shown to may come later, out of order; or it didn't run then.
    return minute < this.first || this.beats.has(minute) || minute <= this.last - SETTLED_MINUTES;
  }
}
