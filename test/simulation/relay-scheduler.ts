/** A run of a function. After a crash, none of its calls goes on. */
export interface Run {
  crashed: boolean;
}

interface Call {
  readonly run: Run;
  readonly at: number;
  readonly act: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly canFail: boolean;
}

/** Milliseconds of a call. */
const CALL_MS = 5;

/**
 * Runs functions at the same time, in an order that a seed decides. A function touches its services
 * by `call` alone, and at each call it may crash before it or after it, or lose the answer.
 */
export class RelayScheduler {
  now = 0;
  crashes = 0;
  calls = 0;
  private pending: Call[] = [];

  /** @param crashRate probability of a crash before a call, of one after it, and of a lost answer */
  constructor(
    readonly random: () => number,
    private readonly crashRate: number,
  ) {}

  newRun(): Run {
    return { crashed: false };
  }

  /** Calls a service. @param canFail whether the caller handles a lost answer */
  call<T>(run: Run, act: () => T, { afterMs = 0, canFail = false } = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (!run.crashed) this.pending.push({ run, at: this.now + afterMs, act, resolve, reject, canFail });
    });
  }

  /** Ends one pending call. @returns whether there was one */
  async step(): Promise<boolean> {
    if (this.pending.length === 0) return false;
    const ready = this.pending.filter(({ at }) => at <= this.now);
    const call = ready[Math.floor(this.random() * ready.length)];
    if (call === undefined) {
      this.now = Math.min(...this.pending.map(({ at }) => at));
      return true;
    }
    this.pending = this.pending.filter((other) => other !== call);
    this.calls++;
    this.now += CALL_MS;
    await this.end(call, this.random() / this.crashRate);
    return true;
  }

  private async end({ run, act, resolve, reject, canFail }: Call, dice: number): Promise<void> {
    if (dice < 1) return this.crash(run);
    let result: unknown;
    let failure: unknown;
    try {
      result = act();
    } catch (error) {
      failure = error;
    }
    if (dice < 2) return this.crash(run);
    if (dice < 3 && canFail) failure = Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
    if (failure === undefined) resolve(result as never);
    else reject(failure);
    // The function goes on to its next calls.
    await new Promise((next) => setImmediate(next));
  }

  private crash(run: Run): void {
    run.crashed = true;
    this.pending = this.pending.filter((call) => call.run !== run);
    this.crashes++;
  }
}
