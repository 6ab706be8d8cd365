/** Provisioned concurrency of an alias. */
export interface Provisioned {
  readonly requested: number;
  readonly available: number;
  /** Why Lambda couldn't allocate what was requested. */
  readonly failure?: string;
}

/** Concurrent executions of the account in this Region. */
export interface AccountConcurrency {
  /** All of them. */
  readonly total: number;
  /** Those that no function has reserved. */
  readonly unreserved: number;
}

/** What floors need to know of aliases. */
export interface Aliases {
  /** Whether the alias sends a share of its traffic to a second version: Lambda refuses provisioned concurrency while it does. */
  weighted(functionName: string, aliasName: string): Promise<boolean>;
  /** Undefined if the alias has none. */
  provisioned(functionName: string, aliasName: string): Promise<Provisioned | undefined>;
  /** Asks for so much of it. */
  provision(functionName: string, aliasName: string, instances: number): Promise<void>;
  account(): Promise<AccountConcurrency>;
}
