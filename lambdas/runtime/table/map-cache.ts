import type { OpenShardMap } from '../../../lib/protocol';

/**
 * Two clocks, because each can be wrong. The monotonic clock may stop while Lambda freezes the
 * execution environment. The wall clock may be set back.
 */
export interface Clocks {
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** Milliseconds of a monotonic clock. */
  readonly monotonic: () => number;
}

interface Lease {
  readonly wall: number;
  readonly monotonic: number;
  readonly map: Promise<OpenShardMap>;
}

/** Cache of shard maps. The age of a map is counted from the start of its read. */
export class MapCache {
  private readonly leases = new Map<string, Lease>();

  constructor(
    private readonly read: (table: string) => Promise<OpenShardMap>,
    private readonly ttlMs: number,
    private readonly clocks: Clocks,
  ) {}

  /** The map of a table. Concurrent callers share one read. */
  get(table: string): Promise<OpenShardMap> {
    const lease = this.leases.get(table);
    if (lease !== undefined && this.isGood(lease)) return lease.map;
    const fresh: Lease = { wall: this.clocks.wall(), monotonic: this.clocks.monotonic(), map: this.read(table) };
    this.leases.set(table, fresh);
    // A failed read isn't cached. The check is needed because a newer read may have replaced it.
    fresh.map.catch(() => {
      if (this.leases.get(table) === fresh) this.leases.delete(table);
    });
    return fresh.map;
  }

  /** Removes the map of a table, so that the next call reads it. */
  forget(table: string): void {
    this.leases.delete(table);
  }

  /**
   * A map expires by either clock. It also expires if the wall clock was set back, because its age
   * is then unknown.
   */
  private isGood(lease: Lease): boolean {
    const wallAge = this.clocks.wall() - lease.wall;
    return wallAge >= 0 && wallAge < this.ttlMs && this.clocks.monotonic() - lease.monotonic < this.ttlMs;
  }
}
