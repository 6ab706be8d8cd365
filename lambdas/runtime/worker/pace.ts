/** Runs in a row without a good one after which the breaker opens, if the limit is 1. */
const OPEN_AFTER_RUNS = 10;

/** Milliseconds from the opening of the breaker to the first probe. They double with each probe. */
const FIRST_PROBE_MS = 1_000;
const MAX_PROBE_MS = 60_000;

/** Load of partners and tables, as a run shows it. A run with another error shows no load. */
export type Load = 'good' | 'overload';

/**
 * Messages that are delivered for the first time have a limit and a breaker of their own. In an
 * outage of one of several partners, most redelivered messages are for that partner. So they would
 * open the breaker for new messages to the other partners.
 */
export interface Paces {
  readonly first: Pace;
  readonly again: Pace;
}

/** A run of a message, from its begin to its end. */
export interface PacedRun {
  /** Number of halvings before the run began. */
  readonly halvings: number;
  readonly isProbe: boolean;
}

/** Breaker that is open. Only probes run. */
interface Open {
  readonly probeAt: number;
  readonly probeMs: number;
}

/**
 * Number of messages that a process handles at the same time. A sign of overload halves it. A batch
 * with a good run and without a sign adds one. If ten runs in a row show overload, and the limit is
 * 1, the breaker opens. Then one message runs at a time, as a probe, at intervals that grow from 1
 * to 60 seconds. The first good run closes the breaker, and the limit grows from 1.
 */
export class Pace {
  private current: number;
  private halvings = 0;
  private overloadsInARow = 0;
  private open: Open | undefined;
  private readonly running = new Set<PacedRun>();
  private wasOpen = false;
  private batch = { good: 0, overloaded: 0 };

  /** @param concurrency highest limit */
  constructor(private readonly concurrency: number) {
    this.current = concurrency;
  }

  /** Maximum number of messages at the same time. */
  get limit(): number {
    return this.current;
  }

  get isOpen(): boolean {
    return this.open !== undefined;
  }

  /**
   * Whether another message may begin.
   * @param now monotonic time in milliseconds
   */
  admits(now: number): boolean {
    if (this.open === undefined) return this.running.size < this.current;
    return now >= this.open.probeAt && this.running.size === 0;
  }

  begin(): PacedRun {
    const run = { halvings: this.halvings, isProbe: this.isOpen };
    this.running.add(run);
    return run;
  }

  end(run: PacedRun, load: Load | undefined, now: number): void {
    // A run that outlived its batch was ended by the batch's end.
    if (!this.running.delete(run)) return;
    if (load === 'overload') this.slowDown(run, now);
    if (load === 'good') this.resume();
  }

  /**
   * Ends a batch. Runs that haven't ended are signs of overload, if no run of the batch was good.
   * @returns the breaker's new state, if it is another one than after the last batch
   */
  endBatch(now: number): 'open' | 'closed' | undefined {
    const load = this.batch.good === 0 ? 'overload' : undefined;
    for (const run of this.running) this.end(run, load, now);
    const { good, overloaded } = this.batch;
    if (good > 0 && overloaded === 0) this.current = Math.min(this.concurrency, this.current + 1);
    this.batch = { good: 0, overloaded: 0 };
    if (this.isOpen === this.wasOpen) return undefined;
    this.wasOpen = this.isOpen;
    return this.isOpen ? 'open' : 'closed';
  }

  private slowDown({ halvings, isProbe }: PacedRun, now: number): void {
    this.batch.overloaded++;
    this.overloadsInARow++;
    if (this.open !== undefined) {
      if (isProbe) this.open = openUntil(now, Math.min(2 * this.open.probeMs, MAX_PROBE_MS));
      return;
    }
    // Runs at the same time meet the same overload, so together they halve the limit once.
    if (halvings === this.halvings) {
      this.halvings++;
      this.current = Math.max(1, Math.floor(this.current / 2));
    }
    if (this.current === 1 && this.overloadsInARow >= OPEN_AFTER_RUNS) this.open = openUntil(now, FIRST_PROBE_MS);
  }

  private resume(): void {
    this.batch.good++;
    this.overloadsInARow = 0;
    this.open = undefined;
  }
}

function openUntil(now: number, probeMs: number): Open {
  return { probeAt: now + probeMs, probeMs };
}
