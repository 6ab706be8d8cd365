import { MINUTES_PER_DAY, type Minutes } from '../../../forecast/minutes';
import type { StoredDay } from './capacity-store';
import { unpackDay } from './day-codec';
import { gracePeriodOf } from './grace-period';
import type { Heartbeat } from './heartbeat';
import type { SeriesOf } from './metrics-source';

/** The values of the newest minutes may still change. */
const LATE_MINUTES = 2;

/**
 * Minutes of one series in memory, by day, and up to which minute they are known, requested and
 * stored.
 */
export interface Track {
  readonly of: SeriesOf;
  readonly days: Map<number, Float64Array>;
  /** First minute with a value. Before it, a missing value doesn't mean idle. */
  since: number;
  /** First minute that isn't known yet. Undefined if none was requested. */
  until: number | undefined;
  /** First minute that was not requested. */
  asked: number | undefined;
  /** Value of `asked` when it was last stored. */
  saved: number | undefined;
  /** Days that have changed since they were last stored. */
  readonly changed: Set<number>;
}

/** A series without known minutes. */
export function trackOf(of: SeriesOf): Track {
  return {
    of,
    days: new Map(),
    since: Infinity,
    until: undefined,
    asked: undefined,
    saved: undefined,
    changed: new Set(),
  };
}

/**
 * Loads the stored days. If a day can't be parsed, the minutes that CloudWatch still has are
 * requested again.
 */
export function restore(track: Track, stored: readonly StoredDay[]): void {
  let until = stored.at(-1)?.until;
  for (const { day, packed } of stored) {
    const start = day * MINUTES_PER_DAY;
    try {
      const values = unpackDay(packed);
      track.days.set(day, values);
      const first = values.findIndex((value) => !Number.isNaN(value));
      if (first >= 0) track.since = Math.min(track.since, start + first);
    } catch {
      // The day's minutes are unknown until they are requested again. The changed day overwrites
      // the stored one.
      track.days.set(day, new Float64Array(MINUTES_PER_DAY).fill(Number.NaN));
      track.changed.add(day);
      until = Math.min(until!, start);
    }
  }
  track.until = until;
  track.asked = until;
  track.saved = until;
}

/** A span of minutes. It includes `from` and excludes `to`. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

/**
 * Adds CloudWatch's values. A missing minute counts as idle if the heartbeat shows that metrics of
 * that minute were delivered.
 */
export function take(
  track: Track,
  found: ReadonlyMap<number, number>,
  { from, to, now }: Span,
  heartbeat: Heartbeat,
): void {
  let last = from - 1;
  for (const minute of found.keys()) {
    track.since = Math.min(track.since, minute);
    last = Math.max(last, minute);
  }
  let until: number | undefined;
  const settle = (minute: number, wasIdle: boolean) => {
    const day = dayOf(minute);
    const values = valuesOf(track, day);
    const i = minute % MINUTES_PER_DAY;
    const before = values[i]!;
    // A measured value replaces an assumed idle minute. An assumed idle minute never replaces a
    // measured value.
    const value = found.get(minute) ?? (Number.isNaN(before) && wasIdle ? 0 : before);
    if (!Object.is(value, before)) track.changed.add(day);
    values[i] = value;
    if (Number.isNaN(value)) until ??= minute;
  };
  let minute = Math.max(from, Math.min(track.since, to));
  for (; minute <= last; minute++) settle(minute, heartbeat.wasIdle(minute, last, now));
  // The function's values may arrive later than those of the floor controller.
  const isAwaited = now - 1 - last <= gracePeriodOf(back(track, last));
  for (; minute < to; minute++) settle(minute, !isAwaited && heartbeat.wasIdle(minute, last, now));
  const settled = Math.min(to, now - LATE_MINUTES);
  track.until = Math.min(until ?? settled, settled);
  track.asked = Math.max(track.asked ?? 0, settled);
}

/** The values of a series, from the given minute backwards to the first minute with a value. */
function* back({ days, since }: Track, from: number): Generator<number> {
  for (let minute = from; minute >= since; minute--) {
    yield days.get(dayOf(minute))?.[minute % MINUTES_PER_DAY] ?? Number.NaN;
  }
}

/** Values of a day's minutes. If the day isn't in memory, it is added with unknown values. */
export function valuesOf(track: Track, day: number): Float64Array {
  let values = track.days.get(day);
  if (values === undefined) {
    values = new Float64Array(MINUTES_PER_DAY).fill(Number.NaN);
    track.days.set(day, values);
  }
  return values;
}

/** Minutes from `start` to before `now`. Unknown minutes are NaN. */
export function windowOf(track: Track, start: number, now: number): Minutes {
  const values = new Float64Array(now - start).fill(Number.NaN);
  for (let at = start; at < now; ) {
    const day = dayOf(at);
    const end = Math.min(now, (day + 1) * MINUTES_PER_DAY);
    const known = track.days.get(day);
    if (known !== undefined) {
      const offset = day * MINUTES_PER_DAY;
      values.set(known.subarray(at - offset, end - offset), at - start);
    }
    at = end;
  }
  return { start, values };
}

/** Day since 1970 of a minute since 1970. */
export function dayOf(minute: number): number {
  return Math.floor(minute / MINUTES_PER_DAY);
}
