/**
 * A future event with demand that history doesn't show: a sale, a broadcast, a mailing. Set
 * `factor`, `demand` or both. An event can only raise the floor, and does so one lead time before
 * its start. Keep it in the app for a week after its end, because the backtest replays that week.
 */
export interface AnnouncedEvent {
  /** Start: ISO 8601 with a zone, `2026-11-27T08:00:00Z` or `2026-11-27T09:00:00+01:00`. */
  readonly start: string;

  /** End: ISO 8601 with a zone, after `start`. */
  readonly end: string;

  /**
   * Multiple of the usual demand at that time; 1 to 1,000. It applies only while the forecast acts,
   * because the forecast gives the usual demand.
   * @default - `demand` alone
   */
  readonly factor?: number;

  /**
   * Minimum of concurrent executions: a whole number from 1 to the target's `max`. It applies
   * whether or not the forecast acts.
   * @default - `factor` alone
   */
  readonly demand?: number;
}
