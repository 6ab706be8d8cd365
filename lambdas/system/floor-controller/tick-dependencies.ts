import type { Decision, Situation } from '../../../forecast/decide';
import type { Aliases } from './aliases';
import type { CapacityStore } from './capacity-store';
import type { MetricsSource } from './metrics-source';
import type { ScalableTargets } from './scalable-targets';
import type { Line } from './telemetry';

/** Dependencies of a run, which tests replace. */
export interface TickDependencies {
  readonly store: CapacityStore;
  readonly metrics: MetricsSource;
  readonly aliases: Aliases;
  readonly targets: ScalableTargets;
  /** The forecast. */
  readonly decide: (situation: Situation) => Decision;
  /** Days for which history is kept. */
  readonly historyDays: number;
  /**
   * Name of the floor controller's own function. Its invocations show whether CloudWatch is up to
   * date.
   */
  readonly functionName: string;
  /** Milliseconds until Lambda stops the run. */
  readonly remainingMs: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Unique ID of the run. */
  readonly run: string;
  readonly log: (line: Line) => void;
}
