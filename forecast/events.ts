/** Something that its owner knows beforehand: a sale, a broadcast, a match. */
export interface AnnouncedEvent {
  /** First minute, whole minutes since 1970. */
  readonly from: number;
  /** First minute after it. */
  readonly until: number;
  /** Demand is so many times what it would be otherwise. */
  readonly factor?: number;
  /** Demand is at least so many units. */
  readonly demand?: number;
}

/**
 * The units wanted in a minute, once it is known what was announced for it.
 * @param ordinary what the minute would need if nothing had been announced. The forecast itself is no measure of that: minutes after an event
 * began it has seen the event
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
