import { MINUTES_PER_DAY, type Minutes } from '../../../forecast/minutes';
import type { CapacityStore, StoredDay } from './capacity-store';
import { packDay } from './day-codec';
import { Heartbeat } from './heartbeat';
import type { MetricsSource, SeriesOf } from './metrics-source';
import { dayOf, restore, type Track, take, trackOf, valuesOf, windowOf } from './track';

/**
 * CloudWatch keeps values of single minutes for 15 days. The requested span is 15 minutes shorter,
 * because time passes during the requests.
 */
const REACH_MINUTES = 15 * MINUTES_PER_DAY - 15;

/**
 * Minutes of one request. They are stored before the next request, so that a run that is stopped
 * loses at most one request.
 */
const SPAN_MINUTES = 3 * MINUTES_PER_DAY;

/**
 * If the floor controller's newest invocation in CloudWatch is older than this, all metrics count
 * as delayed.
 */
const FRESH_MINUTES = 10;

/**
 * Minutes before the first unknown one that are requested again, because a late value replaces an
 * assumed 0. The overlap costs nothing, because CloudWatch charges for each metric of a request,
 * not for its minutes.
 */
const OVERLAP_MINUTES = 180;

/**
 * The current day is stored at this interval. So a new execution environment has to request few
 * minutes again.
 */
const SAVE_MINUTES = 15;

/** Options of a history. */
export interface HistoryOptions {
  /** The series. Demand is the first. */
  readonly series: readonly SeriesOf[];
  /** Series of the floor controller's own invocations. */
  readonly heartbeat: SeriesOf;
  /** Days for which minutes are kept. */
  readonly days: number;
}

/**
 * The minutes of a target's series. They are kept in memory between runs. The capacity table keeps
 * them for other execution environments.
 */
export class History {
  private readonly tracks: Track[];
  private readonly length: number;
  private readonly heartbeat = new Heartbeat();
  /** Keys of all stored days, including those of series that are no longer needed. */
  private readonly stored = new Map<string, Pick<StoredDay, 'series' | 'day'>>();

  private constructor(
    private readonly target: string,
    private readonly options: HistoryOptions,
  ) {
    this.length = options.days * MINUTES_PER_DAY;
    this.tracks = options.series.map(trackOf);
  }

  /** Reads the stored days. A day that can't be parsed counts as not requested. */
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
   * Requests the missing minutes up to `now`, in spans. Each span is stored when it arrives. If a
   * run has no time left, the next run continues.
   * @param hasTime whether there is time for another span; the first span is always requested
   * @returns whether all missing minutes were requested
   */
  public async update(
    source: MetricsSource,
    store: CapacityStore,
    now: number,
    hasTime: () => boolean,
  ): Promise<boolean> {
    let isFirst = true;
    // The newest minutes are requested first, because the decision needs them. They are a single
    // span.
    for (const [from, tracks] of [...this.groups(now)].sort(([a], [b]) => b - a)) {
      let to: number;
      for (let at = from; at < now; at = to) {
        if (!isFirst && !hasTime()) return false;
        isFirst = false;
        // Spans consist of whole days, so that each day is stored once.
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

  /** Demand from its first known minute to before `now`. */
  public demand(now: number): Minutes {
    return windowOf(this.tracks[0]!, this.start(now), now);
  }

  /** The other series for the same minutes. */
  public indicators(now: number): Minutes[] {
    return this.tracks.slice(1).map((track) => windowOf(track, this.start(now), now));
  }

  /** The newest minute with known demand. */
  public newestDemand(now: number): number | undefined {
    const { values } = this.demand(now);
    return values.findLast((value) => !Number.isNaN(value));
  }

  /**
   * Number of consecutive idle minutes up to the newest known minute. 0 while measurements are
   * delayed.
   */
  public idleMinutes(now: number): number {
    const { values } = this.demand(now);
    const newest = values.findLastIndex((value) => !Number.isNaN(value));
    // Without recent invocations of the floor controller, idleness isn't certain enough to release
    // capacity.
    if (this.heartbeat.newest < now - FRESH_MINUTES) return 0;
    let idle = 0;
    while (values[newest - idle] === 0) idle++;
    return idle;
  }

  /** Whether at least 15 minutes of a series aren't stored yet. */
  public isDue(): boolean {
    return this.tracks.some(({ asked, saved }) => asked !== undefined && asked - (saved ?? 0) >= SAVE_MINUTES);
  }

  /** Stores changed days, and deletes days that are too old. */
  public async save(store: CapacityStore, now: number): Promise<void> {
    for (const track of this.tracks) await this.store(store, track);
    const oldest = this.oldestDay(now);
    for (const [key, stored] of this.stored) {
      if (stored.day >= oldest) continue;
      await store.removeDay(this.target, stored);
      this.stored.delete(key);
    }
  }

  /**
   * Groups series by the first minute to request. Series that are nearly up to date share their
   * calls, because each call also has to read the heartbeat.
   */
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
    // A day without values is stored too, because its `until` states which minutes are already
    // known.
    changed.add(dayOf(until - 1));
    // The oldest days are stored first. If a run is stopped, only the days after the stored ones
    // are requested again.
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

  private oldestDay(now: number): number {
    return dayOf(now - this.length);
  }
}

function keyOf({ series, day }: Pick<StoredDay, 'series' | 'day'>): string {
  return `${series}#${day}`;
}
