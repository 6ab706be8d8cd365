import { MINUTES_PER_DAY, type Minutes } from '../forecast/minutes';
import type { CapacityStore, StoredDay } from './capacity-store';
import { packDay, unpackDay } from './day-codec';
import type { MetricsSource, SeriesOf } from './metrics-source';

/** CloudWatch keeps minutes for 15 days; what is asked is a quarter of an hour less, since the clock runs on while it is asked. */
const REACH_MINUTES = 15 * MINUTES_PER_DAY - 15;

/** The newest minutes may only be late: without a value they are unknown, all others without one were idle. */
const LATE_MINUTES = 2;

/** When it was busy all the time until measurements ended, they are late rather than all work at rest, and are waited for longer. */
const BUSY_LATE_MINUTES = 10;

/** Minutes that are asked once more, for values that came later still. */
const OVERLAP_MINUTES = 8;

/** The current day is stored so often: what a new execution environment has to ask again is seldom more. */
const SAVE_MINUTES = 15;

interface Track {
  readonly of: SeriesOf;
  readonly days: Map<number, Float64Array>;
  /** First minute that ever had a value: before it, silence says nothing. */
  since: number;
  /** First minute that is to be asked for; undefined if none was. */
  until: number | undefined;
  /** `until` when it was stored last. */
  saved: number | undefined;
}

/** The minutes of a target's series, kept in memory between runs and in the capacity table between execution environments. */
export class History {
  private readonly tracks: Track[];
  /** Keys of days in the table, those of series that are no longer asked for among them. */
  private readonly stored = new Map<string, Pick<StoredDay, 'series' | 'day'>>();

  private constructor(
    private readonly target: string,
    private readonly length: number,
    series: readonly SeriesOf[],
  ) {
    this.tracks = series.map((of) => ({ of, days: new Map(), since: Infinity, until: undefined, saved: undefined }));
  }

  /**
   * Reads what is stored. A day that can't be read counts as never asked for.
   * @param days how long minutes are kept
   */
  public static async load(
    store: CapacityStore,
    target: string,
    series: readonly SeriesOf[],
    days: number,
  ): Promise<History> {
    const history = new History(target, days * MINUTES_PER_DAY, series);
    const stored = (await store.days(target)).sort((a, b) => a.day - b.day);
    for (const day of stored) history.stored.set(keyOf(day), { series: day.series, day: day.day });
    for (const track of history.tracks) {
      restore(
        track,
        stored.filter((day) => day.series === track.of.name),
      );
    }
    return history;
  }

  /** Asks for the minutes up to `now` that are missing. */
  public async update(source: MetricsSource, now: number): Promise<void> {
    const groups = new Map<number, Track[]>();
    for (const track of this.tracks) {
      const from = Math.max(now - REACH_MINUTES, (track.until ?? 0) - OVERLAP_MINUTES);
      groups.set(from, [...(groups.get(from) ?? []), track]);
    }
    for (const [from, tracks] of groups) {
      const series = tracks.map(({ of }) => of);
      const found = await source.minutes(series, from, now);
      for (const [i, track] of tracks.entries()) take(track, found[i]!, from, now);
    }
    const oldest = this.oldestDay(now);
    for (const { days } of this.tracks) for (const day of days.keys()) if (day < oldest) days.delete(day);
  }

  /** Demand before `now`, from its first known minute on. */
  public demand(now: number): Minutes {
    return this.window(this.tracks[0]!, this.start(now), now);
  }

  /** The other series on the same minutes. */
  public indicators(now: number): Minutes[] {
    return this.tracks.slice(1).map((track) => this.window(track, this.start(now), now));
  }

  /** The newest minute of demand with a value. */
  public newestDemand(now: number): number | undefined {
    const { values } = this.demand(now);
    return values.findLast((value) => !Number.isNaN(value));
  }

  /** How many minutes before `now`, unknown ones apart, were without demand. */
  public idleMinutes(now: number): number {
    const known = this.demand(now).values.filter((value) => !Number.isNaN(value));
    return known.length - 1 - known.findLastIndex((value) => value > 0);
  }

  /** Whether more than a quarter of an hour isn't stored yet. */
  public isDue(): boolean {
    return this.tracks.some(({ until, saved }) => until !== undefined && until - (saved ?? 0) >= SAVE_MINUTES);
  }

  /** Stores the days that may have changed, and removes those that are too old. */
  public async save(store: CapacityStore, now: number): Promise<void> {
    for (const track of this.tracks) {
      const { of, until, saved } = track;
      if (until === undefined) continue;
      const first = saved === undefined ? -Infinity : dayOf(saved - OVERLAP_MINUTES);
      for (const [day, values] of track.days) {
        if (day < first) continue;
        const packed = packDay(values);
        const stored = { series: of.name, day, until: Math.min(until, (day + 1) * MINUTES_PER_DAY), packed };
        await store.putDay(this.target, stored);
        this.stored.set(keyOf(stored), { series: of.name, day });
      }
      track.saved = until;
    }
    const oldest = this.oldestDay(now);
    for (const [key, stored] of this.stored) {
      if (stored.day >= oldest) continue;
      await store.removeDay(this.target, stored);
      this.stored.delete(key);
    }
  }

  private start(now: number): number {
    return Math.min(now, Math.max(this.tracks[0]!.since, now - this.length));
  }

  private window(track: Track, start: number, now: number): Minutes {
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

  private oldestDay(now: number): number {
    return dayOf(now - this.length);
  }
}

function restore(track: Track, stored: readonly StoredDay[]): void {
  let until = stored.at(-1)?.until;
  for (const { day, packed } of stored) {
    const start = day * MINUTES_PER_DAY;
    try {
      const values = unpackDay(packed);
      track.days.set(day, values);
      const first = values.findIndex((value) => !Number.isNaN(value));
      if (first >= 0) track.since = Math.min(track.since, start + first);
    } catch {
      // Stored over as far as it can be measured again, else as unknown.
      track.days.set(day, new Float64Array(MINUTES_PER_DAY).fill(Number.NaN));
      until = Math.min(until!, start);
    }
  }
  track.until = until;
  track.saved = until;
}

function take(track: Track, found: ReadonlyMap<number, number>, from: number, now: number): void {
  let last = from;
  for (const minute of found.keys()) {
    track.since = Math.min(track.since, minute);
    last = Math.max(last, minute);
  }
  const patience = wasBusy(track, found, last) ? BUSY_LATE_MINUTES : LATE_MINUTES;
  const idleUntil = Math.min(now - LATE_MINUTES, Math.max(last, now - patience));
  for (let minute = Math.max(from, Math.min(track.since, now)); minute < now; minute++) {
    const values = valuesOf(track, dayOf(minute));
    const i = minute % MINUTES_PER_DAY;
    const value = found.get(minute);
    if (value !== undefined) values[i] = value;
    else if (Number.isNaN(values[i]!) && minute < idleUntil) values[i] = 0;
  }
  track.until = Math.max(track.until ?? 0, now - LATE_MINUTES);
}

/** Whether each of the ten minutes up to `last` saw work. */
function wasBusy(track: Track, found: ReadonlyMap<number, number>, last: number): boolean {
  for (let minute = last; minute > last - BUSY_LATE_MINUTES; minute--) {
    const known = track.days.get(dayOf(minute))?.[minute % MINUTES_PER_DAY];
    if (!((found.get(minute) ?? known ?? 0) > 0)) return false;
  }
  return true;
}

function valuesOf(track: Track, day: number): Float64Array {
  let values = track.days.get(day);
  if (values === undefined) {
    values = new Float64Array(MINUTES_PER_DAY).fill(Number.NaN);
    track.days.set(day, values);
  }
  return values;
}

function dayOf(minute: number): number {
  return Math.floor(minute / MINUTES_PER_DAY);
}

function keyOf({ series, day }: Pick<StoredDay, 'series' | 'day'>): string {
  return `${series}#${day}`;
}
