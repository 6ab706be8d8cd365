import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** Where the messages of an outbox can go: a queue, and the name by which messages ask for it. Workers are publish targets. */
export interface IPublishTarget {
  /** Name by which messages ask for this target; unique among the targets of a stack. */
  readonly targetName: string;
  /** Queue that takes the messages. */
  readonly queue: IQueue;
  /** Whether it is a FIFO queue, whose messages need a group and a deduplication id. */
  readonly fifo: boolean;
  /** Lets a grantee send messages to the queue, and names it as a sender in the queue's policy. */
  grantSendMessages(grantee: IGrantable): Grant;
}
