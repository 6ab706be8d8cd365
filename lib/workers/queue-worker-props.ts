import type { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Handler, Scaling, VpcProps } from '../functions';
import type { DeploymentProfile } from '../profile';
import type { QueueKind } from './queue-kind';

/** Bounds of event pollers that Lambda provisions for one worker. */
export interface QueueWorkerPollers {
  /** Minimum number of pollers, 2 to 200. AWS bills each by the hour, busy or idle. */
  readonly min: number;
  /** Maximum number of pollers, up to 2,000. Each supports up to 10 concurrent invocations. */
  readonly max: number;
}

/** Props of a `QueueWorker`. */
export interface QueueWorkerProps extends VpcProps {
  /**
   * Code that handles messages. It uses `worker()` of `cdk-breakwater/runtime`, or is another SQS
   * handler with partial batch responses.
   */
  readonly handler: Handler;

  /**
   * An existing queue to take messages from. It keeps its policy and its settings, so
   * `visibilityTimeout` and `encryptionKey` must be left out. The queue's own maximum of receives
   * may move a message to its dead-letter queue before `giveUpAfter` is over. Synth warns, because
   * the queue may have other senders.
   * @default - a new queue that takes messages of declared senders only
   */
  readonly queue?: IQueue;

  /**
   * Dead-letter queue of an existing queue.
   * @default - that of `queue`, if the app defines it; otherwise needed with `queue`
   */
  readonly deadLetterQueue?: IQueue;

  /**
   * Order in which messages are delivered.
   * @default QueueKind.STANDARD
   */
  readonly kind?: QueueKind;

  /**
   * Name of the worker in the field `to` of outbox messages. Unique in the stack; 1 to 80 letters,
   * digits, `-` and `_`.
   * @default - the construct's id
   */
  readonly targetName?: string;

  /**
   * Timeout of an invocation, for its whole batch; 1 to 900 seconds.
   * @default Duration.seconds(30)
   */
  readonly timeout?: Duration;

  /**
   * Maximum messages of a batch: 1 to 10, or up to 10,000 on a standard queue with a batching
   * window. A batch has at most 6 MB. If a message of a FIFO queue fails, the later messages of its
   * group in the batch are returned unprocessed.
   * @default 10, or 1 on a FIFO queue
   */
  readonly batchSize?: number;

  /**
   * Time to wait for a batch to fill, up to 5 minutes. Not for FIFO queues.
   * @default - no waiting
   */
  readonly maxBatchingWindow?: Duration;

  /**
   * Visibility timeout of the queue; from `timeout` to 12 hours. It must be at least 1/500 of
   * `giveUpAfter`. Otherwise SQS could reach 1,000 receives before the worker gives a message up.
   * @default - 6 times the timeout, plus the batching window, or 1/500 of `giveUpAfter` if that is
   * longer
   */
  readonly visibilityTimeout?: Duration;

  /**
   * Time for which a message may fail before the worker moves it to the quarantine, counted from
   * its first receive; 1 minute to 7 days. A message also has its last run 13 days after it was
   * sent, because SQS deletes it a day later. SQS's other limit is 1,000 receives. After these, it
   * moves a message to the dead-letter queue.
   *
   * The handler must use `worker()` of `cdk-breakwater/runtime`. With another handler, SQS alone
   * gives messages up, after 1,000 receives.
   * @default Duration.hours(6)
   */
  readonly giveUpAfter?: Duration;

  /**
   * Maximum concurrent batches; 2 to 1,000. Use it to protect another system with limited capacity.
   * @default - the reserved concurrency, if any; otherwise Lambda scales up to 1,250 concurrent
   * batches
   */
  readonly maxConcurrency?: number;

  /**
   * Event pollers that Lambda provisions for this worker, so that it reacts to traffic spikes
   * without delay. AWS bills them while idle. They can't be combined with `maxConcurrency`. The
   * sandbox profile provisions none.
   * @default - Lambda's shared pollers, which cost nothing while idle
   */
  readonly pollers?: QueueWorkerPollers;

  /**
   * Whether the function's concurrency is on demand or reserved.
   * @default Scaling.onDemand()
   */
  readonly scaling?: Scaling;

  /**
   * Memory in MB, 128 to 10,240.
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * Environment variables of the function. They must not contain secrets.
   * @default - only those of the library
   */
  readonly environment?: { [name: string]: string };

  /**
   * Purpose of the deployment.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Key that encrypts the queue and its dead-letter queue.
   * @default - the key of the stack's keyring for messages
   */
  readonly encryptionKey?: IKey;
}
