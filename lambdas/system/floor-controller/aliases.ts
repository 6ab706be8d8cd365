/** Provisioned concurrency of an alias. */
export interface Provisioned {
  readonly requested: number;
  readonly available: number;
  /** Lambda's reason for not allocating the requested amount. */
  readonly failure?: string;
}

/** Concurrent executions of the account in this Region. */
export interface AccountConcurrency {
  readonly total: number;
  /** Concurrent executions that no function has reserved. */
  readonly unreserved: number;
}

/** The calls to AWS Lambda that the floor controller needs. */
export interface Aliases {
  /**
   * Shares of traffic that the alias sends to a second version, by version. Empty if there is none.
   * Lambda refuses provisioned concurrency for an alias with such weights.
   */
  weights(functionName: string, aliasName: string): Promise<Readonly<Record<string, number>>>;
  /** Undefined if the alias has no provisioned concurrency. */
  provisioned(functionName: string, aliasName: string): Promise<Provisioned | undefined>;
  /** Requests this much provisioned concurrency. */
  provision(functionName: string, aliasName: string, instances: number): Promise<void>;
  account(): Promise<AccountConcurrency>;
}
