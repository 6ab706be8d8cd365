import type { Decision } from '../../../forecast/decide';
import type { State } from '../../../forecast/learned-state';
import { resourceIdOf } from '../../../lib/protocol';
import type { TickRecord, VersionedState } from './capacity-store';
import type { ReadTarget } from './capacity-target';
import { History } from './history';
import { heartbeatOf } from './metrics-source';
import type { TickDependencies } from './tick-dependencies';

/** What an execution environment remembers of a target from run to run. */
export interface Memory {
  history?: History;
  /** What was learned. */
  state?: RememberedState;
}

interface RememberedState {
  /** The version that is stored. Margins, which are quickly learned again, are newer than that. */
  readonly version: number;
  readonly value: State;
  /** Whether there is also a model or a verdict in it that couldn't be stored. */
  readonly isUnsaved?: boolean;
}

/** What learning at the very start may take of a function of 256 MB, with the calls that follow. */
const LEARNING_MS = 40_000;

export const EMPTY: State = { models: [] };

/** Brings history and state into memory and up to date. @returns whether all of the history is there */
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
    // Another environment may have learned since.
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
 * Remembers what was learned, and stores it.
 * @throws whatever kept it from being stored; it is remembered all the same, and tried again the next minute
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
    // Another environment learned the same at the same time; its state is read next minute.
    delete memory.state;
  }
}

/** A state that can't be read is worth no more than none: it is learned again, and stored over the old one. */
export function parsed({ version, text }: VersionedState): RememberedState {
  try {
    return { version, value: JSON.parse(text) as State };
  } catch {
    return { version, value: EMPTY };
  }
}

/**
 * Stores history, unless the target was removed meanwhile. What is removed between the question and the last write leaves some measured days
 * behind: they are true, are overwritten or grow old when the alias is registered again, and cost next to nothing if not.
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
