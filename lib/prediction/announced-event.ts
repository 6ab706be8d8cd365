/**
 * Something that will bring demand and that no history knows: a sale, a broadcast, a mailing. At least one of `factor` and `demand` says
 * how much. It is prepared for `lead` ahead, and only raises the floor. Leave it for a week after its end, in which the gate replays it.
 */
export interface AnnouncedEvent {
  /** When it starts: ISO 8601 with a zone, `2026-11-27T08:00:00Z` or `2026-11-27T09:00:00+01:00`. */
  readonly start: string;

  /** When it is over: ISO 8601 with a zone, after `start`. */
  readonly end: string;

  /**
   * How many times what is usual at that hour it brings; 1 to 1,000. It needs a forecast, so it counts only while that acts.
   * @default - `demand` says how much
   */
  readonly factor?: number;

  /**
   * How many executions at once it brings at least: a whole number from 1 to the target's most provisioned instances. So many are held whether
   * or not the forecast acts.
   * @default - `factor` says how much
   */
  readonly demand?: number;
}
