/**
 * Names of the environment variables in which synth lists the resources that a function may use.
 * They hold names and addresses only, never a secret.
 */
export const Environment = {
  /** Name of the stack's one map table. */
  MAP_TABLE: 'BREAKWATER_MAP_TABLE',
  /** Packed `RouteDeclaration[]`: what the micro-module answers, and to whom. */
  ROUTES: 'BREAKWATER_ROUTES',
  /** JSON of `IdentityDeclaration`: whose tokens the micro-module accepts. */
  IDENTITY: 'BREAKWATER_IDENTITY',
  /** Name of the module or worker, as it appears in its logs. */
  NAME: 'BREAKWATER_NAME',
  /** Worker: URL of the queue it takes work from. */
  QUEUE_URL: 'BREAKWATER_QUEUE_URL',
  /** Floor controller: name of its stack, the value of the tag on its scalable targets. */
  STACK: 'BREAKWATER_STACK',
  /** Floor controller: name of the table with its history and decisions. */
  CAPACITY_TABLE: 'BREAKWATER_CAPACITY_TABLE',
  /** JSON of `Record<name, bucket>`: the document stores that the function was granted. */
  DOCUMENTS: 'BREAKWATER_DOCUMENTS',
  /**
   * Factor for the timeouts of AWS calls, from 1. The local AWS emulator sets it, because it
   * answers slowly on a busy machine. No deployment sets it.
   */
  TIMEOUT_FACTOR: 'BREAKWATER_TIMEOUT_FACTOR',
  /** Relay: URL of its dead-letter queue. */
  RELAY_DEAD_LETTERS: 'BREAKWATER_RELAY_DEAD_LETTERS',
} as const;
