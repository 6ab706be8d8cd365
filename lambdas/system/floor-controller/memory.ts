import type { Decision } from '../../../forecast/decide';
import type { State } from '../../../forecast/learned-state';
import { resourceIdOf } from '../../../lib/protocol';
import type { TickRecord, VersionedState } from './capacity-store';
import type { ReadTarget } from './capacity-target';
import { History } from './history';
import { heartbeatOf } from './metrics-source';
import type { TickDependencies } from './tick-dependencies';

/** Data about a target that an execution environment keeps between runs. */
export interface Memory {
  history?: History;
  /** The learned state. */
  state?: RememberedState;
}

interface RememberedState {
  /**
   * Version of the stored state. The safety margins in memory may be newer than the stored ones.
   * They aren't stored in each run, because they are quickly learned again.
   */
  readonly version: number;
  readonly value: State;
  /** Whether the state contains a model or a backtest result that couldn't be stored. */
  readonly isUnsaved?: boolean;
}

/**
 * Maximum duration of the first fit on a function with 256 MB, including the calls after the fit.
 * History is requested only while more time than this is left.
 */
const LEARNING_MS = 40_000;

export const EMPTY: State = { models: [] };

/**
 * Loads history and state into memory, and updates them.
 * @returns whether the history is complete
 */
export async function recall(
  { target, series }: ReadTarget,
  memory: Memory,
  record: TickRecord,
  minute: number,
  dependencies: TickDependencies,
): Promise<boolean> {
  const resourceId = resourceIdOf(target);
  const heartbeat = heartbeatOf(dependencies.functionName);
  const [history, state] = await Promise.all([
    memory.history ??
      History.load(dependencies.store, resourceId, { series, heartbeat, days: dependencies.historyDays }),
    // Another execution environment may have stored a newer state.
    memory.state !== undefined && memory.state.version === record.stateVersion
      ? memory.state
      : dependencies.store.state(resourceId).then((stored) => stored && parsed(stored)),
  ]);
  memory.state = state;
  memory.history = history;
  return history.update(
    dependencies.metrics,
    dependencies.store,
    minute,
    () => dependencies.remainingMs() > LEARNING_MS,
  );
}

/**
 * Keeps the new state in memory and stores it.
 * @throws the error of the store; the state remains in memory, and the next run stores it
 */
export async function keep(
  resourceId: string,
  memory: Memory,
  { state: value, stateChanged }: Decision,
  dependencies: TickDependencies,
): Promise<void> {
  const { version = 0, isUnsaved = false } = memory.state ?? {};
  if (!stateChanged && !isUnsaved) {
    memory.state = { version, value };
    return;
  }
  memory.state = { version, value, isUnsaved: true };
  const next = version + 1;
  if (await dependencies.store.replaceState(resourceId, { version: next, text: JSON.stringify(value) })) {
    memory.state = { version: next, value };
  } else {
    // Another execution environment has stored its state at the same time. The next run reads it.
    delete memory.state;
  }
}

/**
 * If the stored state can't be parsed, the forecast starts without a state. The next write replaces
 * the stored one.
 */
export function parsed({ version, text }: VersionedState): RememberedState {
  try {
    return { version, value: JSON.parse(text) as State };
  } catch {
    return { version, value: EMPTY };
  }
}

/**
 * Stores history, unless the target was removed or a later run has started. If a target is removed
 * between the check and the last write, some days remain in the table until they expire. These days
 * are correct, so a new registration of the alias can use them.
 */
export async function saveHistory(
  history: History,
  record: TickRecord,
  resourceId: string,
  minute: number,
  { store }: TickDependencies,
): Promise<void> {
  if ((await store.record(resourceId))?.run === record.run) await history.save(store, minute);
}
