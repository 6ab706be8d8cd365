import type { AliasedFunction } from './aliased-function';

/** What runs as an `AliasedFunction`: one itself, or a micro-module or worker that has one. */
export interface IWorkload {
  /** The function, with its alias, role and log group. */
  readonly workload: AliasedFunction;
}
