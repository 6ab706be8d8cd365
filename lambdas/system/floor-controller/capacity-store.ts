/** The record of a target's last run, for the next run. */
export interface TickRecord {
  /** Minute since 1970 of the last run. */
  readonly minute: number;
  /**
   * ID of that run. If the answer to a write is lost, the run recognises its own record by this ID.
   */
  readonly run: string;
  /** Minute at which the scheduled action resets the floor. */
  readonly fallBackAt: number;
  /** Version of the newest stored state. */
  readonly stateVersion: number;
  /**
   * Minute since 1970 of the first run in the current pause. During a pause nothing can be
   * provisioned. Undefined without a pause.
   */
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
  /** First minute since 1970 that was not requested from CloudWatch. */
  readonly until: number;
  readonly packed: Uint8Array;
}

/**
 * Stores history, state and record of each target, by its resource ID. If two runs could write the
 * same item, the write has a condition on the stored value.
 */
export interface CapacityStore {
  /** The record of a target. Undefined if the target isn't deployed. */
  record(target: string): Promise<TickRecord | undefined>;
  /** Replaces the record `before`. @returns false if the stored record is another one */
  replaceRecord(target: string, record: TickRecord, before: TickRecord): Promise<boolean>;
  /** Stores a first record, unless there is one. */
  createRecord(target: string): Promise<void>;
  state(target: string): Promise<VersionedState | undefined>;
  /**
   * Replaces the state of the previous version. @returns false if the stored version is another one
   */
  replaceState(target: string, state: VersionedState): Promise<boolean>;
  days(target: string): Promise<StoredDay[]>;
  putDay(target: string, day: StoredDay): Promise<void>;
  removeDay(target: string, day: Pick<StoredDay, 'series' | 'day'>): Promise<void>;
  /**
   * Deletes all items of a target. The record is deleted first, because without it no run changes
   * the target.
   */
  removeAll(target: string): Promise<void>;
}
