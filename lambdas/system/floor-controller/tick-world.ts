import type { Decision, Situation } from '../../../forecast/decide';
import type { Aliases } from './aliases';
import type { CapacityStore } from './capacity-store';
import type { MetricsSource } from './metrics-source';
import type { ScalableTargets } from './scalable-targets';
import type { Line } from './telemetry';

/** What a run needs of the world. */
export interface TickWorld {
  readonly store: CapacityStore;
  readonly metrics: MetricsSource;
  readonly aliases: Aliases;
  readonly targets: ScalableTargets;
  /** The forecast itself. */
  readonly decide: (situation: Situation) => Decision;
  /** How long history is kept. */
  readonly historyDays: number;
  /** Name of the floor controller's own function, whose invocations tell whether CloudWatch is up to date. */
  readonly functionName: string;
  /** Milliseconds until the run is stopped. */
  readonly remainingMs: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A name that no other run has. */
  readonly run: string;
  readonly log: (line: Line) => void;
}
