import { MINUTES_PER_DAY, type Minutes } from '../../../forecast/minutes';
import type { CapacityStore, StoredDay } from './capacity-store';
import { packDay } from './day-codec';
import { Heartbeat } from './heartbeat';
import type { MetricsSource, SeriesOf } from './metrics-source';
import { dayOf, restore, type Track, take, trackOf, valuesOf, windowOf } from './track';

/**
 * CloudWatch keeps minutes for 15 days. 15 minutes less are requested, because time passes during
 * the requests.
 */
const REACH_MINUTES = 15 * MINUTES_PER_DAY - 15;

/**
 * Minutes of one request: few enough to arrive in one attempt. They are stored before more are
 * requested.
 */
const SPAN_MINUTES = 3 * MINUTES_PER_DAY;

/**
 * If the floor controller's own newest invocation in CloudWatch is older, CloudWatch is late with
 * everything.
 */
const FRESH_MINUTES = 10;

/**
 * Minutes before the first unknown one that are requested again, because a late value replaces an
 * assumed 0. CloudWatch charges for a metric, not for its minutes.
 */
const OVERLAP_MINUTES = 180;

/**
 * The current day is stored this often, so a new execution environment seldom has to request more
 * again.
 */
const SAVE_MINUTES = 15;

/** The series of a history. */
export interface HistoryOptions {
  /** Demand first. */
  readonly series: readonly SeriesOf[];
  /** Invocations of the floor controller itself. */
  readonly heartbeat: SeriesOf;
  /** How long minutes are kept. */
  readonly days: number;
}

/**
 * The minutes of a target's series, kept in memory between runs and in the capacity table between
 * execution environments.
 */
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
    this.tracks = options.series.map(trackOf);
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
   * Requests the missing minutes up to `now`, in spans that are stored as they arrive. If a run has
   * no time left, the next run continues.
   * @param hasTime whether there is time for another span; not asked about the first
   * @returns whether all missing minutes were requested
   */
  public async update(
    source: MetricsSource,
    store: CapacityStore,
    now: number,
    hasTime: () => boolean,
  ): Promise<boolean> {
    let isFirst = true;
    // New minutes first: they are a single span.
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
    return windowOf(this.tracks[0]!, this.start(now), now);
  }

  /** The other series on the same minutes. */
  public indicators(now: number): Minutes[] {
    return this.tracks.slice(1).map((track) => windowOf(track, this.start(now), now));
  }

  /** The newest minute of demand with a value. */
  public newestDemand(now: number): number | undefined {
    const { values } = this.demand(now);
    return values.findLast((value) => !Number.isNaN(value));
  }

  /** Idle minutes up to the newest known one; 0 while measurements are late. */
  public idleMinutes(now: number): number {
    const { values } = this.demand(now);
    const newest = values.findLastIndex((value) => !Number.isNaN(value));
    // Without new invocations, idleness isn't sure enough to release capacity.
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

  /**
   * Series by the first requested minute. Series that are nearly up to date share calls, since each
   * call reads the heartbeat.
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
    // Even an empty day is stored, because it says up to when nothing must be requested again.
    changed.add(dayOf(until - 1));
    // Oldest first: if a run is stopped, the days that weren't stored are requested again.
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
