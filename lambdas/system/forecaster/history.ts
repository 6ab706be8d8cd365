import { MINUTES_PER_DAY, type Minutes } from '../forecast/minutes';
import type { CapacityStore, StoredDay } from './capacity-store';
import { packDay, unpackDay } from './day-codec';
import { Heartbeat } from './heartbeat';
import type { MetricsSource, SeriesOf } from './metrics-source';
import { patienceWith } from './patience';

/** CloudWatch keeps minutes for 15 days; what is asked is a quarter of an hour less, since the clock runs on while it is asked. */
const REACH_MINUTES = 15 * MINUTES_PER_DAY - 15;

/** What is asked for at a time: small enough to arrive in one attempt, and kept before more is asked for. */
const SPAN_MINUTES = 3 * MINUTES_PER_DAY;

/** The newest minutes are never settled. */
const LATE_MINUTES = 2;

/** While the forecaster's own newest invocation that is shown is older, CloudWatch is late with everything. */
const FRESH_MINUTES = 10;

/**
 * Minutes before the first one that is unknown that are asked once more: what came late takes the place of what was taken for rest. It is the
 * metric that costs, not how many of its minutes are asked for.
 */
const OVERLAP_MINUTES = 180;

/** The current day is stored so often: what a new execution environment has to ask again is seldom more. */
const SAVE_MINUTES = 15;

interface Track {
  readonly of: SeriesOf;
  readonly days: Map<number, Float64Array>;
  /** First minute that ever had a value: before it, silence says nothing. */
  since: number;
  /** First minute that isn't known yet; undefined if none was asked for. */
  until: number | undefined;
  /** First minute that was not asked for. */
  asked: number | undefined;
  /** `asked` when it was stored last. */
  saved: number | undefined;
  /** Days that aren't stored as they are. */
  readonly changed: Set<number>;
}

/** What a history is of. */
export interface HistoryOptions {
  /** Demand first. */
  readonly series: readonly SeriesOf[];
  /** Invocations of the forecaster itself. */
  readonly heartbeat: SeriesOf;
  /** How long minutes are kept. */
  readonly days: number;
}

/** The minutes of a target's series, kept in memory between runs and in the capacity table between execution environments. */
export class History {
  private readonly tracks: Track[];
  private readonly length: number;
  private readonly heartbeat = new Heartbeat();
  /** Keys of days in the table, those of series that are no longer asked for among them. */
  private readonly stored = new Map<string, Pick<StoredDay, 'series' | 'day'>>();

  private constructor(
    private readonly target: string,
    private readonly options: HistoryOptions,
  ) {
    this.length = options.days * MINUTES_PER_DAY;
    this.tracks = options.series.map((of) => ({
      of,
      days: new Map(),
      since: Infinity,
      until: undefined,
      asked: undefined,
      saved: undefined,
      changed: new Set(),
    }));
  }

  /** Reads what is stored. A day that can't be read counts as never asked for. */
  public static async load(store: CapacityStore, target: string, options: HistoryOptions): Promise<History> {
    const history = new History(target, options);
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

  /**
   * Asks for the minutes up to `now` that are missing, by spans that are stored as they arrive: what a run has no time for is left to the
   * next one, and nothing is asked for ever.
   * @param hasTime whether there is time for another span; not asked about the first
   * @returns whether all was asked for
   */
  public async update(
    source: MetricsSource,
    store: CapacityStore,
    now: number,
    hasTime: () => boolean,
  ): Promise<boolean> {
    let isFirst = true;
    // What is new before what is old: that is but one span.
    for (const [from, tracks] of [...this.groups(now)].sort(([a], [b]) => b - a)) {
      let to: number;
      for (let at = from; at < now; at = to) {
        if (!isFirst && !hasTime()) return false;
        isFirst = false;
        // Whole days, so that each is stored once.
        to = Math.min(now, (dayOf(at + SPAN_MINUTES - 1) + 1) * MINUTES_PER_DAY);
        const series = [this.options.heartbeat, ...tracks.map(({ of }) => of)];
        const [beats, ...found] = await source.minutes(series, at, to);
        this.heartbeat.hear(beats!.keys());
        for (const [i, track] of tracks.entries()) take(track, found[i]!, { from: at, to, now }, this.heartbeat);
        if (to < now) for (const track of tracks) await this.store(store, track);
      }
    }
    this.heartbeat.forget(now - SPAN_MINUTES);
    const oldest = this.oldestDay(now);
    for (const { days } of this.tracks) for (const day of days.keys()) if (day < oldest) days.delete(day);
    return true;
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

  /** For how many minutes up to the newest known one nothing was at work; 0 while measurements are late. */
  public idleMinutes(now: number): number {
    const { values } = this.demand(now);
    const newest = values.findLastIndex((value) => !Number.isNaN(value));
    // What was taken for rest by other signs isn't sure enough to take capacity away.
    if (this.heartbeat.newest < now - FRESH_MINUTES) return 0;
    let idle = 0;
    while (values[newest - idle] === 0) idle++;
    return idle;
  }

  /** Whether more than a quarter of an hour isn't stored yet. */
  public isDue(): boolean {
    return this.tracks.some(({ asked, saved }) => asked !== undefined && asked - (saved ?? 0) >= SAVE_MINUTES);
  }

  /** Stores the days that have changed, and removes those that are too old. */
  public async save(store: CapacityStore, now: number): Promise<void> {
    for (const track of this.tracks) await this.store(store, track);
    const oldest = this.oldestDay(now);
    for (const [key, stored] of this.stored) {
      if (stored.day >= oldest) continue;
      await store.removeDay(this.target, stored);
      this.stored.delete(key);
    }
  }

  /** Series by the first minute that they are asked for; those that are nearly up to date together, since each call has its heartbeat. */
  private groups(now: number): ReadonlyMap<number, Track[]> {
    const fromOf = ({ until = 0 }: Track) => Math.max(now - REACH_MINUTES, until - OVERLAP_MINUTES);
    const isRecent = (from: number) => now - from <= SPAN_MINUTES;
    const recent = Math.min(...this.tracks.map(fromOf).filter(isRecent));
    const groups = new Map<number, Track[]>();
    for (const track of this.tracks) {
      const from = isRecent(fromOf(track)) ? recent : fromOf(track);
      groups.set(from, [...(groups.get(from) ?? []), track]);
    }
    return groups;
  }

  private async store(store: CapacityStore, track: Track): Promise<void> {
    const { of, until, asked, changed } = track;
    if (until === undefined) return;
    // Even if there is nothing in it: it says until when nothing has to be asked for any more.
    changed.add(dayOf(until - 1));
    // The oldest first: what a run doesn't get to is asked for again.
    for (const day of [...changed].sort((a, b) => a - b)) {
      const packed = packDay(valuesOf(track, day));
      await store.putDay(this.target, {
        series: of.name,
        day,
        until: Math.min(until, (day + 1) * MINUTES_PER_DAY),
        packed,
      });
      this.stored.set(keyOf({ series: of.name, day }), { series: of.name, day });
      changed.delete(day);
    }
    track.saved = asked;
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
      track.changed.add(day);
      until = Math.min(until!, start);
    }
  }
  track.until = until;
  track.asked = until;
  track.saved = until;
}

/** What is asked for: minutes from `from` to before `to`. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

function take(track: Track, found: ReadonlyMap<number, number>, { from, to, now }: Span, heartbeat: Heartbeat): void {
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
    // What was taken for rest gives way to what was measured, not the other way round.
    const value = found.get(minute) ?? (Number.isNaN(before) && wasIdle ? 0 : before);
    if (!Object.is(value, before)) track.changed.add(day);
    values[i] = value;
    if (Number.isNaN(value)) until ??= minute;
  };
  let minute = Math.max(from, Math.min(track.since, to));
  for (; minute <= last; minute++) settle(minute, heartbeat.wasIdle(minute, last, now));
  // Its values may be later than those of the forecaster.
  const isAwaited = now - 1 - last <= patienceWith(back(track, last));
  for (; minute < to; minute++) settle(minute, !isAwaited && heartbeat.wasIdle(minute, last, now));
  const settled = Math.min(to, now - LATE_MINUTES);
  track.until = Math.min(until ?? settled, settled);
  track.asked = Math.max(track.asked ?? 0, settled);
}

/** Its minutes from one back to the first with a value. */
function* back({ days, since }: Track, from: number): Generator<number> {
  for (let minute = from; minute >= since; minute--) {
    yield days.get(dayOf(minute))?.[minute % MINUTES_PER_DAY] ?? Number.NaN;
  }
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
