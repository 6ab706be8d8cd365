/** A process that handles one message. After a crash, none of its calls goes on. */
export class Process {
  isDead = false;
  /** Lambda runs a frozen process again with the next invocation, at this time. */
  frozenUntil = 0;
  private readonly deadline = new AbortController();

  /** @param end time at which Lambda stops the process */
  constructor(readonly end: number) {}

  get signal(): AbortSignal {
    return this.deadline.signal;
  }

  /** Ends the invocation before its time is over. The process may go on later. */
  freeze(until: number): void {
    this.frozenUntil = until;
    this.deadline.abort(new Error('the time for this batch is over'));
  }
}

/** A fault at one call. `late`: the call takes effect later. `slow`: its answer comes later. */
export type Fault = 'crash before' | 'crash after' | 'lost answer' | 'frozen' | 'late' | 'slow' | undefined;

interface Call {
  readonly process: Process;
  readonly at: number;
  /** Undefined if the call has been done, and only its answer is on its way. */
  readonly act: (() => unknown) | undefined;
  readonly isLate?: boolean;
  readonly resolve: () => void;
  readonly settle: (result: unknown, failure: unknown) => void;
}

const CALL_MS = 20;
/** Maximum delay of a late call, or of an answer. */
const DELAY_MS = 20_000;
/** Milliseconds before its end at which a worker ends an invocation. */
const RESERVE_MS = 1_000;
/** Maximum milliseconds for which a process is frozen. */
const FROZEN_MS = 60_000;

/**
 * Runs processes at the same time, in an order that a seed decides. A process touches its services
 * by `call` alone, and each call may have a fault.
 */
export class OnceScheduler {
  now = 1_700_000_000_000;
  calls = 0;
  faults = 0;
  private pending: Call[] = [];

  constructor(
    readonly random: () => number,
    /** Decides the fault of a call by its number. */
    private readonly faultOf: (call: number) => Fault,
  ) {}

  call<T>(process: Process, act: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = (result: unknown, failure: unknown) =>
        failure === undefined ? resolve(result as T) : reject(failure as Error);
      this.add({ process, at: this.now, act, settle, resolve: () => undefined });
    });
  }

  /** Ends one pending call. @returns whether there was one */
  async step(): Promise<boolean> {
    if (this.pending.length === 0) return false;
    const ready = this.pending.filter((call) => timeOf(call) <= this.now);
    const call = ready[Math.floor(this.random() * ready.length)];
    if (call === undefined) {
      this.now = Math.min(...this.pending.map(timeOf));
      return true;
    }
    this.pending = this.pending.filter((other) => other !== call);
    await this.run(call);
    // The process goes on to its next calls.
    for (let i = 0; i < 3; i++) await new Promise((next) => setImmediate(next));
    return true;
  }

  private async run(call: Call): Promise<void> {
    const { process, act, isLate, settle } = call;
    const hasEnded = process.signal.aborted;
    // An invocation ends shortly before its time is over. Otherwise Lambda stops its process.
    if (!hasEnded && this.now > process.end) return this.kill(process);
    if (!hasEnded && this.now > process.end - RESERVE_MS) process.freeze(this.now + this.random() * FROZEN_MS);
    if (act === undefined) return call.resolve();
    const fault = isLate ? undefined : this.faultOf(this.calls++);
    if (fault !== undefined) this.faults++;
    this.now += CALL_MS;
    if (fault === 'crash before') return this.kill(process);
    if (fault === 'late') return this.add({ ...call, at: this.now + this.random() * DELAY_MS, isLate: true });
    let result: unknown;
    let failure: unknown;
    try {
      result = await act();
    } catch (error) {
      failure = error;
    }
    if (fault === 'crash after') return this.kill(process);
    if (fault === 'lost answer') failure = Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
    if (fault === 'frozen' && !hasEnded) process.freeze(process.end + this.random() * FROZEN_MS);
    const at = this.now + (fault === 'slow' ? this.random() * DELAY_MS : 0);
    if (fault !== 'slow' && process.frozenUntil <= this.now) settle(result, failure);
    else this.add({ process, at, act: undefined, settle, resolve: () => settle(result, failure) });
  }

  private add(call: Call): void {
    if (!call.process.isDead) this.pending.push(call);
  }

  private kill(process: Process): void {
    process.isDead = true;
    this.pending = this.pending.filter((call) => call.process !== process);
  }
}

/** Time from which a call can go on. */
function timeOf({ at, process }: Call): number {
  return Math.max(at, process.frozenUntil);
}
