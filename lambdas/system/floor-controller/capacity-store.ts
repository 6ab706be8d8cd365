/** What the last tick of a target left for the next. */
export interface TickRecord {
  /** Minute since 1970 that was worked on last. */
  readonly minute: number;
  /** Which run did, so that a run whose write was answered twice knows its own. */
  readonly run: string;
  /** Minute at which the scheduled action takes the floor back. */
  readonly fallBackAt: number;
  /** Version of the state that was stored last. */
  readonly stateVersion: number;
}

/** What the floor controller learned, with a number that grows by one each time it is stored. */
export interface VersionedState {
  readonly version: number;
  /** JSON. */
  readonly text: string;
}

/** A day of a series as it is kept. */
export interface StoredDay {
  readonly series: string;
  /** Days since 1970, UTC. */
  readonly day: number;
  /** First minute since 1970 that hasn't been asked for. */
  readonly until: number;
  readonly packed: Uint8Array;
}

/** Where history and decisions are kept, by the resource id of their target. Every write that two runs could dispute states what it expects to find. */
export interface CapacityStore {
  /** Undefined for a target that isn't deployed. */
  record(target: string): Promise<TickRecord | undefined>;
  /** Stores a record over `before`. @returns false if that isn't there any more */
  replaceRecord(target: string, record: TickRecord, before: TickRecord): Promise<boolean>;
  /** Stores a first record, unless there is one. */
  createRecord(target: string): Promise<void>;
  state(target: string): Promise<VersionedState | undefined>;
  /** Stores a state over the version before. @returns false if that isn't there any more */
  replaceState(target: string, state: VersionedState): Promise<boolean>;
  days(target: string): Promise<StoredDay[]>;
  putDay(target: string, day: StoredDay): Promise<void>;
  removeDay(target: string, day: Pick<StoredDay, 'series' | 'day'>): Promise<void>;
  /** Removes all that is kept of a target, its record first: without it no run touches the target any more. */
  removeAll(target: string): Promise<void>;
}
