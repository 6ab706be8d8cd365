import type { OpenShardMap } from '../../../lib/protocol';

/** Two clocks: a sandbox that was frozen between calls may have stopped one of them. */
export interface Clocks {
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** Milliseconds that never run backwards. */
  readonly monotonic: () => number;
}

interface Lease {
  readonly wall: number;
  readonly monotonic: number;
  readonly map: Promise<OpenShardMap>;
}

/** Shard maps, each good for a time that is counted from before it was read. */
export class MapCache {
  private readonly leases = new Map<string, Lease>();

  constructor(
    private readonly read: (table: string) => Promise<OpenShardMap>,
    private readonly ttlMs: number,
    private readonly clocks: Clocks,
  ) {}

  /** The map of a table; all who ask at the same time wait for one read. */
  get(table: string): Promise<OpenShardMap> {
    const lease = this.leases.get(table);
    if (lease !== undefined && this.isGood(lease)) return lease.map;
    const fresh: Lease = { wall: this.clocks.wall(), monotonic: this.clocks.monotonic(), map: this.read(table) };
    this.leases.set(table, fresh);
    // A failed read must not be kept, but only if nobody has replaced it meanwhile.
    fresh.map.catch(() => {
      if (this.leases.get(table) === fresh) this.leases.delete(table);
    });
    return fresh.map;
  }

  /** Reads the map again at the next call, because something didn't fit. */
  forget(table: string): void {
    this.leases.delete(table);
  }

  /** Either clock may end a lease; a wall clock set back ends it too, since its age is then unknown. */
  private isGood(lease: Lease): boolean {
    const wallAge = this.clocks.wall() - lease.wall;
    return wallAge >= 0 && wallAge < this.ttlMs && this.clocks.monotonic() - lease.monotonic < this.ttlMs;
  }
}
