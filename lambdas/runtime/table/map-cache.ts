import { DEFAULT_LEASE_MS, type OpenShardMap } from '../../../lib/protocol';

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

/** A map, and the time for which requests may be sent under it. */
interface Lease {
  /** Both clocks at the start of the map's read. */
  readonly wall: number;
  readonly monotonic: number;
  /** Undefined until the map has been read. */
  map?: OpenShardMap;
  reading: Promise<OpenShardMap>;
}

/**
 * Cache of shard maps. Each map states the length of its lease, which is counted from the start of
 * the map's read.
 */
export class MapCache {
  private readonly leases = new Map<string, Lease>();
  private readonly leaseOf = new WeakMap<OpenShardMap, Lease>();

  /** @param ttlMs maximum length of a lease. It can only shorten the lease of a map. */
  constructor(
    private readonly read: (table: string) => Promise<OpenShardMap>,
    private readonly ttlMs: number,
    private readonly clocks: Clocks,
  ) {}

  /** The map of a table. Concurrent callers share one read. */
  get(table: string): Promise<OpenShardMap> {
    const lease = this.leases.get(table);
    if (lease !== undefined && this.isGood(lease)) return lease.reading;
    const [wall, monotonic] = [this.clocks.wall(), this.clocks.monotonic()];
    const fresh: Lease = { wall, monotonic, reading: this.read(table) };
    fresh.reading = fresh.reading.then((map) => {
      fresh.map = map;
      this.leaseOf.set(map, fresh);
      return map;
    });
    this.leases.set(table, fresh);
    // A failed read isn't cached. The check is needed because a newer read may have replaced it.
    fresh.reading.catch(() => {
      if (this.leases.get(table) === fresh) this.leases.delete(table);
    });
    return fresh.reading;
  }

  /** Removes the map of a table, so that the next call reads it. */
  forget(table: string): void {
    this.leases.delete(table);
  }

  /** Whether a request may be sent now under a map of this cache. */
  isLeased(map: OpenShardMap): boolean {
    const lease = this.leaseOf.get(map);
    return lease !== undefined && this.isGood(lease);
  }

  /**
   * A map expires by either clock. It also expires if the wall clock was set back, because its age
   * is then unknown.
   */
  private isGood(lease: Lease): boolean {
    const lengthMs = Math.min(this.ttlMs, lease.map?.leaseMs ?? DEFAULT_LEASE_MS);
    const wallAge = this.clocks.wall() - lease.wall;
    return wallAge >= 0 && wallAge < lengthMs && this.clocks.monotonic() - lease.monotonic < lengthMs;
  }
}
