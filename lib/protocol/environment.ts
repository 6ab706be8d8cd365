/**
 * Names of the environment variables that describe a function's resources. Synth sets them. They
 * contain only names and addresses, never secrets.
 */
export const Environment = {
  /** Name of the stack's map table. */
  MAP_TABLE: 'BREAKWATER_MAP_TABLE',
  /** Packed `RouteDeclaration[]`: the routes that the micro-module answers. */
  ROUTES: 'BREAKWATER_ROUTES',
  /** JSON of `IdentityDeclaration`: the issuer of tokens that the micro-module accepts. */
  IDENTITY: 'BREAKWATER_IDENTITY',
  /** Name of the module or worker in its log lines. */
  NAME: 'BREAKWATER_NAME',
  /** Worker: URL of its queue. */
  QUEUE_URL: 'BREAKWATER_QUEUE_URL',
  /** Worker: seconds for which a message may fail before it moves to the quarantine. */
  GIVE_UP_AFTER: 'BREAKWATER_GIVE_UP_AFTER',
  /** Worker: `MessageForm` of its queue's messages. Absent for the form of the relay's messages. */
  MESSAGE_FORM: 'BREAKWATER_MESSAGE_FORM',
  /** Name of the stack's quarantine table. */
  QUARANTINE_TABLE: 'BREAKWATER_QUARANTINE_TABLE',
  /** Redrive: JSON of `Record<worker, queue>`, with the name of each worker's queue. */
  WORKER_QUEUES: 'BREAKWATER_WORKER_QUEUES',
  /** Tick: JSON of `Record<worker, queue>`, with the name of each worker's dead-letter queue. */
  DEAD_LETTERS: 'BREAKWATER_DEAD_LETTERS',
  /**
   * Name of the stack. Floor controller: the value of the tag on its scalable targets. Tick: the
   * dimension of its metrics.
   */
  STACK: 'BREAKWATER_STACK',
  /** Floor controller: name of the table with its history and decisions. */
  CAPACITY_TABLE: 'BREAKWATER_CAPACITY_TABLE',
  /** JSON of `Record<name, bucket>`: the document stores that the function may use. */
  DOCUMENTS: 'BREAKWATER_DOCUMENTS',
  /**
   * Factor by which the timeouts of AWS calls are multiplied, from 1. Only a local deployment sets
   * it, because the local AWS emulator answers slowly on a busy machine.
   */
  TIMEOUT_FACTOR: 'BREAKWATER_TIMEOUT_FACTOR',
} as const;
