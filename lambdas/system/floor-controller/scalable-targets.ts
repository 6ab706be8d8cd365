/**
 * Highest utilisation that is sure to be taken. The API's reference states no bound, the CDK refuses more for the predefined metric; should AWS
 * refuse more for ours, this one is tracked.
 */
export const SURE_UTILISATION = 0.9;

/** Bounds of a scalable target; its `min` is what this library calls the floor. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** What moves floors: Application Auto Scaling, for provisioned concurrency. */
export interface ScalableTargets {
  /** Undefined if the alias isn't registered. */
  bounds(resourceId: string): Promise<Bounds | undefined>;
  /** Scaling policies of the alias: ours, and those of others. */
  policies(resourceId: string): Promise<Policies>;
  /** Registers an alias, or changes the bounds that are stated; capacity outside of them is brought inside, even if they are as before. */
  register(resourceId: string, bounds: Partial<Bounds>): Promise<void>;
  /** Keeps so much of the provisioned capacity busy, from 0 to 1; at least `SURE_UTILISATION` of it if more is refused. */
  track(resourceId: string, utilisation: number): Promise<void>;
  /** Has the floor set to `min` at a minute to come, whatever becomes of us until then; a later call moves it. */
  fallBackAt(resourceId: string, minute: number, min: number): Promise<void>;
  /** Removes our policy and scheduled action, and leaves the rest; fine if they aren't there. */
  withdraw(resourceId: string): Promise<void>;
  /** Forgets the alias with all policies and scheduled actions; fine if it isn't there. */
  deregister(resourceId: string): Promise<void>;
}

/** Scaling policies of an alias. */
export interface Policies {
  /** Utilisation that our policy keeps; undefined if there is no such policy. */
  readonly utilisation?: number;
  /** Names of policies that are not ours. */
  readonly others: readonly string[];
}
