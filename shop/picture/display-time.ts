import type { RunRecord } from './run-record';

/**
 * Start and end of the run, in percent of the animation's loop. The comparison and a pause follow.
 */
const RUN_FROM = 4;
const RUN_TO = 74;
/** Maximum share of the shown run for a time without any event. */
const MAX_GAP = 0.04;

/** Converts times of a run to percent of the animation's loop, with long pauses cut short. */
export class DisplayTime {
  private readonly moments: readonly number[];
  private readonly shown: readonly number[];

  public constructor({ orders, kills }: RunRecord) {
    this.moments = [...new Set([0, ...orders.flat(), ...kills.map(([ms]) => ms)])].sort((a, b) => a - b);
    const gaps = this.moments.map((moment, i) => moment - (this.moments[i - 1] ?? 0));
    const longest = longestGap(gaps);
    let sum = 0;
    this.shown = gaps.map((gap) => {
      sum += Math.min(gap, longest);
      return sum;
    });
  }

  /** End of the run. */
  public get end(): number {
    return this.moments.at(-1) ?? 0;
  }

  /** Percent of the loop at a time of the run. */
  public percentAt(ms: number): number {
    const after = this.moments.findIndex((moment) => moment >= ms);
    const last = this.shown.at(-1) || 1;
    if (after < 0) return RUN_TO;
    if (after === 0) return RUN_FROM;
    const [from, to] = [this.moments[after - 1]!, this.moments[after]!];
    const [shownFrom, shownTo] = [this.shown[after - 1]!, this.shown[after]!];
    const shown = shownFrom + ((ms - from) / (to - from)) * (shownTo - shownFrom);
    return RUN_FROM + (shown / last) * (RUN_TO - RUN_FROM);
  }

  /** Times of the run at equal distances on the screen, the first and the last included. */
  public samples(count: number): number[] {
    const last = this.shown.at(-1) ?? 0;
    return Array.from({ length: count }, (_, i) => this.timeAt((last * i) / (count - 1)));
  }

  private timeAt(shown: number): number {
    const after = this.shown.findIndex((each) => each >= shown);
    if (after <= 0) return this.moments[0] ?? 0;
    const [from, to] = [this.shown[after - 1]!, this.shown[after]!];
    const [momentFrom, momentTo] = [this.moments[after - 1]!, this.moments[after]!];
    return momentFrom + ((shown - from) / (to - from)) * (momentTo - momentFrom);
  }
}

/**
 * Length to which longer gaps are shortened, so that no gap exceeds the share `MAX_GAP` of the sum.
 */
function longestGap(gaps: readonly number[]): number {
  let longest = Math.max(...gaps);
  for (let i = 0; i < 200; i++) {
    const sum = gaps.reduce((total, gap) => total + Math.min(gap, longest), 0);
    if (longest <= sum * MAX_GAP) break;
    longest *= 0.9;
  }
  return longest;
}
