/**
 * If the limit is 1, the breaker opens after this number of overloaded runs without a good run in
 * between. The overload must also last for some seconds, so that a short fault doesn't make
 * messages wait for minutes.
 */
const OPEN_AFTER_RUNS = 10;
const OPEN_AFTER_MS = 5_000;

/** Milliseconds from the opening of the breaker to the first probe. They double with each probe. */
const FIRST_PROBE_MS = 1_000;
const MAX_PROBE_MS = 60_000;

/** Load that a run shows. A run that fails for a reason other than overload shows none. */
export type Load = 'good' | 'overload';

/**
 * Messages that are delivered for the first time have a limit and a breaker of their own. In an
 * outage of one of several partners, most redelivered messages are for that partner. Without the
 * second breaker, they would stop new messages to the other partners.
 */
export interface Paces {
  readonly first: Pace;
  readonly again: Pace;
}

/** A run of a message, from its begin to its end. */
export interface PacedRun {
  /** Number of halvings before the run began. */
  readonly halvings: number;
}

/** Breaker that is open. Only probes run. */
interface Open {
  readonly probeAt: number;
  readonly probeMs: number;
}

/**
 * Number of messages that a process handles at the same time. A sign of overload halves the number.
 * A batch with a good run and without a sign of overload increases it by one. If runs show overload
 * ten times in a row and for five seconds, and the limit is 1, the breaker opens. Then one message
 * runs at a time, as a probe, at intervals that grow from 1 to 60 seconds. The first good run
 * closes the breaker, and the limit grows from 1.
 */
export class Pace {
  private current: number;
  private halvings = 0;
  private overloadsInARow = 0;
  private overloadedSince = 0;
  private open: Open | undefined;
  private probe: PacedRun | undefined;
  private wasOpen = false;

  /** @param concurrency highest limit */
  constructor(private readonly concurrency: number) {
    this.current = concurrency;
  }

  /** Maximum number of messages of a batch at the same time. */
  get limit(): number {
    return this.current;
  }

  get isOpen(): boolean {
    return this.open !== undefined;
  }

  /** A process may handle several batches at the same time. */
  batch(): PacedBatch {
    return new PacedBatch(this);
  }

  /** @internal */
  admits(running: number, now: number): boolean {
    if (this.open === undefined) return running < this.current;
    return now >= this.open.probeAt && this.probe === undefined;
  }

  /** @internal */
  begin(): PacedRun {
    const run = { halvings: this.halvings };
    if (this.isOpen) this.probe ??= run;
    return run;
  }

  /** @internal */
  end(run: PacedRun, load: Load | undefined, now: number): void {
    const isProbe = this.probe === run;
    if (isProbe) this.probe = undefined;
    if (load === 'overload') this.slowDown(run, isProbe, now);
    if (load === 'good') this.resume();
  }

  /** @internal */
  endBatch(isGood: boolean): 'open' | 'closed' | undefined {
    if (isGood) this.current = Math.min(this.concurrency, this.current + 1);
    if (this.isOpen === this.wasOpen) return undefined;
    this.wasOpen = this.isOpen;
    return this.isOpen ? 'open' : 'closed';
  }

  private slowDown({ halvings }: PacedRun, isProbe: boolean, now: number): void {
    if (this.overloadsInARow++ === 0) this.overloadedSince = now;
    if (this.open !== undefined) {
      if (isProbe) this.open = openUntil(now, Math.min(2 * this.open.probeMs, MAX_PROBE_MS));
      return;
    }
    // Runs at the same time meet the same overload, so together they halve the limit once.
    if (halvings === this.halvings) {
      this.halvings++;
      this.current = Math.max(1, Math.floor(this.current / 2));
    }
    const isLasting = this.overloadsInARow >= OPEN_AFTER_RUNS && now - this.overloadedSince >= OPEN_AFTER_MS;
    if (this.current === 1 && isLasting) this.open = openUntil(now, FIRST_PROBE_MS);
  }

  private resume(): void {
    this.overloadsInARow = 0;
    this.open = undefined;
  }
}

/** The runs of one batch. */
export class PacedBatch {
  private readonly running = new Set<PacedRun>();
  private good = 0;
  private overloaded = 0;

  constructor(private readonly pace: Pace) {}

  /**
   * Whether another message may begin.
   * @param now monotonic time in milliseconds
   */
  admits(now: number): boolean {
    return this.pace.admits(this.running.size, now);
  }

  get isOpen(): boolean {
    return this.pace.isOpen;
  }

  begin(): PacedRun {
    const run = this.pace.begin();
    this.running.add(run);
    return run;
  }

  end(run: PacedRun, load: Load | undefined, now: number): void {
    // If a run ends after its batch, `endBatch` has already counted the run.
    if (!this.running.delete(run)) return;
    if (load === 'good') this.good++;
    if (load === 'overload') this.overloaded++;
    this.pace.end(run, load, now);
  }

  /**
   * Ends the batch. Runs that haven't ended are signs of overload, if no run of the batch was good.
   * @returns the breaker's new state, if it is another one than after the last batch
   */
  endBatch(now: number): 'open' | 'closed' | undefined {
    const load = this.good === 0 ? 'overload' : undefined;
    for (const run of this.running) this.end(run, load, now);
    return this.pace.endBatch(this.good > 0 && this.overloaded === 0);
  }
}

function openUntil(now: number, probeMs: number): Open {
  return { probeAt: now + probeMs, probeMs };
}
