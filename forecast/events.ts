/** An announced event: a sale, a broadcast, a match. */
export interface AnnouncedEvent {
  /** First minute, whole minutes since 1970. */
  readonly from: number;
  /** First minute after the event. */
  readonly until: number;
  /** Multiple of the usual demand. */
  readonly factor?: number;
  /** Minimum demand, in instances. */
  readonly demand?: number;
}

/**
 * Instances for a minute, including announced events.
 * @param ordinary usual demand of the minute. The forecast isn't used for it, because after an
 * event's start the forecast already contains the event.
 */
export function withEvents(
  units: number,
  minute: number,
  events: readonly AnnouncedEvent[],
  ordinary: (event: AnnouncedEvent) => number,
): number {
  let wanted = units;
  for (const event of events) {
    if (minute < event.from || minute >= event.until) continue;
    wanted = Math.max(wanted, event.factor === undefined ? 0 : event.factor * ordinary(event), event.demand ?? 0);
  }
  return wanted;
}
