/**
 * A future event with demand that history doesn't show: a sale, a broadcast, a mailing. Set
 * `factor`, `demand` or both. An event can only raise the floor. It raises the floor one lead time
 * before its start. Keep it in the app for a week after its end, because the backtest replays that
 * week.
 */
export interface AnnouncedEvent {
  /** Start: ISO 8601 with a zone, `2026-11-27T08:00:00Z` or `2026-11-27T09:00:00+01:00`. */
  readonly start: string;

  /** End: ISO 8601 with a zone, after `start`. */
  readonly end: string;

  /**
   * Factor by which the event multiplies the usual demand at that time; 1 to 1,000. It applies only
   * while the forecast acts, because the usual demand comes from the forecast.
   * @default - only `demand` applies
   */
  readonly factor?: number;

  /**
   * Minimum of concurrent executions during the event: a whole number from 1 to the target's `max`.
   * It applies whether or not the forecast acts.
   * @default - only `factor` applies
   */
  readonly demand?: number;
}
