/** Bounds of a scalable target. `min` is the floor. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Scaling policies of an alias. */
export interface Policies {
  /** Target utilisation of the controller's own policy. Undefined if there is no such policy. */
  readonly utilisation?: number;
  /** Names of other policies. */
  readonly others: readonly string[];
}

/** The calls to Application Auto Scaling that the floor controller needs. */
export interface ScalableTargets {
  /** Bounds of the target. Undefined if the alias isn't registered. */
  bounds(resourceId: string): Promise<Bounds | undefined>;
  policies(resourceId: string): Promise<Policies>;
  /**
   * Registers an alias with this stack's tag. The permission to change a target requires the tag.
   */
  create(resourceId: string, bounds: Bounds): Promise<void>;
  /**
   * Changes the given bounds. Application Auto Scaling then brings the capacity within the bounds,
   * even if the bounds are the same as before.
   */
  update(resourceId: string, bounds: Partial<Bounds>): Promise<void>;
  /**
   * Sets the target utilisation of the controller's policy, from 0.1 to 0.9. aws-cdk-lib refuses
   * larger values, so AWS may refuse them too.
   */
  track(resourceId: string, utilisation: number): Promise<void>;
  /**
   * Schedules a reset of the floor to the configured minimum `min`, at `minute`. A later call
   * replaces the schedule.
   */
  fallBackAt(resourceId: string, minute: number, min: number): Promise<void>;
  /** Deletes the controller's policy and scheduled action, if they exist. The target is kept. */
  withdraw(resourceId: string): Promise<void>;
  /** Deletes the target with all its policies and scheduled actions, if it exists. */
  deregister(resourceId: string): Promise<void>;
}
