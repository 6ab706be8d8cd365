import type { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Handler, Scaling } from '../functions';
import type { DeploymentProfile } from '../profile';
import type { QueueKind } from './queue-kind';

/** Bounds of pollers kept for one worker. */
export interface QueueWorkerPollers {
  /** Pollers kept at all times, 2 to 200; each is paid by the hour, busy or not. */
  readonly min: number;
  /** Most pollers, up to 2,000; each starts up to 10 invocations at once. */
  readonly max: number;
}

/** Props of a `QueueWorker`. */
export interface QueueWorkerProps {
  /** What takes the messages: made with `worker()` of `cdk-breakwater/runtime`, or any SQS handler with partial batch responses. */
  readonly handler: Handler;

  /**
   * In which order messages are handed out.
   * @default QueueKind.STANDARD
   */
  readonly kind?: QueueKind;

  /**
   * Name by which messages are addressed to this worker, unique in the stack.
   * @default - the construct's id
   */
  readonly targetName?: string;

  /**
   * Longest run over one batch; 1 to 900 seconds.
   * @default Duration.seconds(30)
   */
  readonly timeout?: Duration;

  /**
   * Most messages of one run; 1 to 10, up to 10,000 with a batching window on a queue that isn't FIFO. A batch is 6 MB at most.
   * On a FIFO queue above 1, one message that never succeeds can take those behind it to the dead letters: synth warns.
   * @default 10, or 1 on a FIFO queue
   */
  readonly batchSize?: number;

  /**
   * How long to wait for a batch to fill, up to 5 minutes; not for FIFO queues.
   * @default - not at all
   */
  readonly maxBatchingWindow?: Duration;

  /**
   * How long a message that was handed out stays hidden; from `timeout` to 12 hours.
   * @default - 6 times the timeout, plus the batching window
   */
  readonly visibilityTimeout?: Duration;

  /**
   * How often a message is tried before it becomes a dead letter; 1 to 1,000.
   * @default 5
   */
  readonly maxReceiveCount?: number;

  /**
   * Most batches worked on at once; 2 to 1,000. Protects a partner that can't take more.
   * @default - the reserved concurrency if there is one, else up to 1,250 as the queue fills
   */
  readonly maxConcurrency?: number;

  /**
   * Pollers kept for this worker, for spikes that must start at once. They are paid while idle, exclude `maxConcurrency`, and the
   * sandbox profile leaves them out.
   * @default - Lambda's shared pollers, which cost nothing while idle
   */
  readonly pollers?: QueueWorkerPollers;

  /**
   * How the function's concurrency is bounded and paid.
   * @default Scaling.onDemand()
   */
  readonly scaling?: Scaling;

  /**
   * Memory in MB, 128 to 10,240.
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * Environment variables of the function; none may be a secret.
   * @default - only those of the library
   */
  readonly environment?: { [name: string]: string };

  /**
   * What the deployment is for.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Key of the queue and its dead letters.
   * @default - the key of the stack's keyring for messages
   */
  readonly encryptionKey?: IKey;
}
