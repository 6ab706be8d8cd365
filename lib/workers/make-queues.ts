import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  DeduplicationScope,
  FifoThroughputLimit,
  type IQueue,
  Queue,
  QueueEncryption,
  type QueueProps,
  RedrivePermission,
} from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { SQS } from '../limits';
import { acknowledge } from '../validation';

/**
 * Both queues retain messages for the maximum, because the end of retention is a loss that nobody
 * sees. SQS counts a dead letter's age from its arrival in the first queue.
 */
const RETENTION = Duration.days(SQS.MAX_RETENTION_DAYS);

/**
 * SQS reuses a data key for this time, so it calls KMS about once an hour for each caller. SQS's
 * default is 5 minutes.
 */
const DATA_KEY_REUSE = Duration.hours(1);

/** Settings of both queues. */
interface SharedQueueProps {
  readonly key: IKey;
  readonly fifo: boolean;
}

/** Settings of the queue of a worker's messages. */
interface MessageQueueProps extends SharedQueueProps {
  readonly visibilityTimeout: Duration;
  readonly deadLetterQueue: IQueue;
}

/** Makes the queue of a worker's messages. */
export function makeQueue(scope: Construct, id: string, queueName: string, props: MessageQueueProps): Queue {
  return new Queue(scope, id, {
    ...protection(props),
    queueName,
    visibilityTimeout: props.visibilityTimeout,
    retentionPeriod: RETENTION,
    deadLetterQueue: { queue: props.deadLetterQueue, maxReceiveCount: SQS.MAX_RECEIVE_COUNT },
  });
}

/**
 * Makes the dead-letter queue of a worker. Only SQS itself can send to it.
 * @param source name of the worker's queue; the two queues refer to each other, so one name must
 * be known first
 */
export function makeDeadLetterQueue(scope: Construct, id: string, source: string, props: SharedQueueProps): Queue {
  const sourceQueue = Queue.fromQueueArn(
    scope,
    'Source',
    Stack.of(scope).formatArn({ service: 'sqs', resource: source }),
  );
  const queue = new Queue(scope, id, {
    ...protection(props),
    retentionPeriod: RETENTION,
    redriveAllowPolicy: { redrivePermission: RedrivePermission.BY_QUEUE, sourceQueues: [sourceQueue] },
  });
  queue.addToResourcePolicy(
    new PolicyStatement({
      sid: 'NoSenders',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      // Requests of callers have an ARN. SQS's own request, which moves a message to this queue,
      // has none.
      conditions: { Null: { 'aws:PrincipalArn': 'false' } },
    }),
  );
  acknowledge(queue, {
    id: 'Serverless-SQSRedrivePolicy',
    reason: 'It is a dead-letter queue itself: a person handles its messages',
  });
  return queue;
}

function protection({ key, fifo }: SharedQueueProps): QueueProps {
  return {
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: key,
    dataKeyReuse: DATA_KEY_REUSE,
    // Denies every action over plain HTTP, including actions that SQS adds later.
    enforceSSL: true,
    maxMessageSizeBytes: SQS.MAX_MESSAGE_BYTES,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(fifo && {
      fifo: true,
      contentBasedDeduplication: false,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
    }),
  };
}
