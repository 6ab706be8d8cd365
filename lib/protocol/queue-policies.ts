/** A value of a policy, as JSON. */
export type PolicyValue =
  | string
  | number
  | boolean
  | null
  | readonly PolicyValue[]
  | { readonly [name: string]: PolicyValue };

/** A queue with its policy as the template states it. */
export interface DeclaredPolicy {
  /** Name of the queue. */
  readonly queue: string;
  readonly policy: PolicyValue;
}

/**
 * The part of the tick's event that its schedule states: policies of queues, by the names of their
 * workers. The event of a person who runs the tick has none.
 */
export interface DeclaredPolicies {
  readonly policies?: Readonly<Record<string, readonly DeclaredPolicy[]>>;
}
