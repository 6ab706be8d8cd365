/** Something that its owner knows beforehand: a sale, a broadcast, a match. */
export interface AnnouncedEvent {
  /** First minute, whole minutes since 1970. */
  readonly from: number;
  /** First minute after it. */
  readonly until: number;
  /** Demand is so many times what the forecast says. */
  readonly factor?: number;
  /** Demand is at least so many units. */
  readonly demand?: number;
}

/** The units wanted in a minute, once it is known what was announced for it. */
export function withEvents(units: number, minute: number, events: readonly AnnouncedEvent[]): number {
  let wanted = units;
  for (const event of events) {
    if (minute < event.from || minute >= event.until) continue;
    wanted = Math.max(wanted, units * (event.factor ?? 1), event.demand ?? 0);
  }
  return wanted;
}
