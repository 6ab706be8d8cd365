/** Provisioned concurrency of an alias. */
export interface Provisioned {
  readonly requested: number;
  readonly available: number;
  /** Why Lambda couldn't allocate the requested amount. */
  readonly failure?: string;
}

/** Concurrent executions of the account in this Region. */
export interface AccountConcurrency {
  readonly total: number;
  /** Executions that no function has reserved. */
  readonly unreserved: number;
}

/** The calls to AWS Lambda that setting a floor needs. */
export interface Aliases {
  /**
   * Shares of traffic that the alias sends to a second version, by version; empty without one.
   * Lambda refuses provisioned concurrency for an alias with weights.
   */
  weights(functionName: string, aliasName: string): Promise<Readonly<Record<string, number>>>;
  /** Undefined if the alias has no provisioned concurrency. */
  provisioned(functionName: string, aliasName: string): Promise<Provisioned | undefined>;
  /** Requests this much provisioned concurrency. */
  provision(functionName: string, aliasName: string, instances: number): Promise<void>;
  account(): Promise<AccountConcurrency>;
}
