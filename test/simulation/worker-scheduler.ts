/** A process with one invocation. After a crash, none of its calls and timers goes on. */
export class Process {
  isDead = false;
  /**
   * @param end time at which Lambda stops the invocation
   * @param isSafe whether its calls have no faults
   */
  constructor(
    readonly end: number,
    readonly isSafe = false,
  ) {}
}

interface Event {
  readonly process: Process;
  readonly at: number;
  /** Crashes and loses answers. A timer doesn't. */
  readonly isCall: boolean;
  readonly act: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Rates of faults at one call. */
export interface FaultRates {
  /** Crashes before a call, and crashes after a call. */
  readonly crash: number;
  readonly lostAnswer: number;
}

const CALL_MS = 10;
const NO_FAULTS: FaultRates = { crash: 0, lostAnswer: 0 };

/**
 * Runs processes at the same time, in an order that a seed decides, in simulated time. A process
 * touches its services by `call` alone, and each call may have a fault.
 */
export class WorkerScheduler {
  now = Date.UTC(2026, 10, 30);
  calls = 0;
  crashes = 0;
  private pending: Event[] = [];

  constructor(
    readonly random: () => number,
    private readonly rates: FaultRates,
    private readonly onCrash: (process: Process) => void,
  ) {}

  /** Calls a service, which answers after some milliseconds. */
  call<T>(process: Process, act: () => T | Promise<T>, ms = CALL_MS): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.add({ process, at: this.now + ms, isCall: true, act, resolve, reject });
    });
  }

  /** A timer of a process. */
  after(process: Process, ms: number): { readonly promise: Promise<void>; readonly cancel: () => void } {
    let event: Event | undefined;
    const promise = new Promise<void>((resolve, reject) => {
      event = { process, at: this.now + Math.max(0, ms), isCall: false, act: () => undefined, resolve, reject };
      this.add(event);
    });
    const cancel = () => {
      this.pending = this.pending.filter((other) => other !== event);
    };
    return { promise, cancel };
  }

  /** Time of the next event. */
  get nextAt(): number {
    return this.pending.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  }

  /** Number of calls and timers that haven't ended. */
  get unended(): number {
    return this.pending.length;
  }

  kill(process: Process): void {
    if (process.isDead) return;
    process.isDead = true;
    this.crashes++;
    this.pending = this.pending.filter((event) => event.process !== process);
    this.onCrash(process);
  }

  /** Ends one event that is due, if there is one. */
  async step(): Promise<void> {
    const due = this.pending.filter(({ at }) => at <= this.now);
    const event = due[Math.floor(this.random() * due.length)];
    if (event === undefined) return;
    this.pending = this.pending.filter((other) => other !== event);
    await this.end(event);
    // The process goes on to its next calls.
    await new Promise((next) => setImmediate(next));
  }

  private async end({ process, isCall, act, resolve, reject }: Event): Promise<void> {
    if (!isCall) return resolve(undefined as never);
    this.calls++;
    const { crash, lostAnswer } = process.isSafe ? NO_FAULTS : this.rates;
    const dice = this.random();
    if (dice < crash) return this.kill(process);
    let result: unknown;
    let failure: unknown;
    try {
      result = await act();
    } catch (error) {
      failure = error;
    }
    if (dice < 2 * crash) return this.kill(process);
    if (dice < 2 * crash + lostAnswer)
      failure = Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
    if (failure === undefined) resolve(result as never);
    else reject(failure);
  }

  private add(event: Event): void {
    if (!event.process.isDead) this.pending.push(event);
  }
}
