/** An announced event: a sale, a broadcast, a match. */
export interface AnnouncedEvent {
  /** First minute, whole minutes since 1970. */
  readonly from: number;
  /** First minute after the event. */
  readonly until: number;
  /** Factor by which the event multiplies the usual demand. */
  readonly factor?: number;
  /** Minimum demand, in instances. */
  readonly demand?: number;
}

/**
 * Returns the instances for a minute, with announced events.
 * @param ordinary usual demand of the minute. It must not come from the forecast, because after an
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
