/**
 * An event that brings demand and that history doesn't show: a sale, a broadcast, a mailing. It
 * needs `factor`, `demand` or both. An event only raises the floor, `lead` ahead. Keep it for a
 * week after its end, because the backtest replays that week.
 */
export interface AnnouncedEvent {
  /** Start: ISO 8601 with a zone, `2026-11-27T08:00:00Z` or `2026-11-27T09:00:00+01:00`. */
  readonly start: string;

  /** End: ISO 8601 with a zone, after `start`. */
  readonly end: string;

  /**
   * Multiple of the demand that is usual at that hour; 1 to 1,000. It needs a forecast, so it
   * counts only while the forecast acts.
   * @default - `demand` alone
   */
  readonly factor?: number;

  /**
   * Minimum of concurrent executions: a whole number from 1 to the target's `max`. It holds whether
   * or not the forecast acts.
   * @default - `factor` alone
   */
  readonly demand?: number;
}
