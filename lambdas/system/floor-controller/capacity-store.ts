/** The record that one run of a target leaves for the next. */
export interface TickRecord {
  /** Minute since 1970 of the last run. */
  readonly minute: number;
  /** Id of that run. A run whose write was answered twice recognises its own record by it. */
  readonly run: string;
  /** Minute at which the scheduled action resets the floor. */
  readonly fallBackAt: number;
  /** Version of the newest stored state. */
  readonly stateVersion: number;
  /** Minute since 1970 of the first run that could not provision, if none could since. */
  readonly pausedSince?: number;
}

/** The state that the forecast learned. Each write increases the version by one. */
export interface VersionedState {
  readonly version: number;
  /** JSON. */
  readonly text: string;
}

/** A stored day of a series. */
export interface StoredDay {
  readonly series: string;
  /** Days since 1970, UTC. */
  readonly day: number;
  /** First minute since 1970 that CloudWatch wasn't asked for. */
  readonly until: number;
  readonly packed: Uint8Array;
}

/**
 * Keeps history, state and the record of each target, by its resource id. A write that two runs
 * could dispute states what it expects to find.
 */
export interface CapacityStore {
  /** Undefined for a target that isn't deployed. */
  record(target: string): Promise<TickRecord | undefined>;
  /** Stores a record over `before`. @returns false if the stored record is another one */
  replaceRecord(target: string, record: TickRecord, before: TickRecord): Promise<boolean>;
  /** Stores a first record, unless there is one. */
  createRecord(target: string): Promise<void>;
  state(target: string): Promise<VersionedState | undefined>;
  /** Stores a state over the version before. @returns false if the stored version is another one */
  replaceState(target: string, state: VersionedState): Promise<boolean>;
  days(target: string): Promise<StoredDay[]>;
  putDay(target: string, day: StoredDay): Promise<void>;
  removeDay(target: string, day: Pick<StoredDay, 'series' | 'day'>): Promise<void>;
  /**
   * Deletes everything about a target. The record goes first: without it, no run touches the
   * target.
   */
  removeAll(target: string): Promise<void>;
}
