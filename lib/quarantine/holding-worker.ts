import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** A worker whose messages the quarantine holds. */
export interface HoldingWorker {
  /** Name of the worker in the field `to` of messages. */
  readonly targetName: string;
  readonly queue: IQueue;
  /**
   * Dead-letter queue of this worker alone. Undefined if the queues existed before. Then this one
   * may have messages of others, and the policies aren't the library's.
   */
  readonly deadLetterQueue?: IQueue;
  /** Key of the dead-letter queue. */
  readonly encryptionKey?: IKey;
}
