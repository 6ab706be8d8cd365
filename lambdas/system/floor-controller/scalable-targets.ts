/** Bounds of a scalable target. `min` is the floor. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Scaling policies of an alias. */
export interface Policies {
  /** Target utilisation of our policy; undefined if there is no such policy. */
  readonly utilisation?: number;
  /** Names of policies that are not ours. */
  readonly others: readonly string[];
}

/** The calls to Application Auto Scaling that setting a floor needs. */
export interface ScalableTargets {
  /** Undefined if the alias isn't registered. */
  bounds(resourceId: string): Promise<Bounds | undefined>;
  policies(resourceId: string): Promise<Policies>;
  /**
   * Registers an alias that isn't registered, with this stack's tag. The rights to change a target
   * need that tag.
   */
  create(resourceId: string, bounds: Bounds): Promise<void>;
  /**
   * Changes the given bounds. The service moves capacity inside them, even if they are the same as
   * before.
   */
  update(resourceId: string, bounds: Partial<Bounds>): Promise<void>;
  /**
   * Sets the target utilisation of our policy, from 0.1 to 0.9: more is refused by aws-cdk-lib, so
   * it may not exist on AWS.
   */
  track(resourceId: string, utilisation: number): Promise<void>;
  /** Schedules a reset of the floor to `min`. A later call replaces the schedule. */
  fallBackAt(resourceId: string, minute: number, min: number): Promise<void>;
  /** Deletes our policy and scheduled action, if they exist, and keeps the target. */
  withdraw(resourceId: string): Promise<void>;
  /** Deletes the target, if it exists, with all policies and scheduled actions. */
  deregister(resourceId: string): Promise<void>;
}
