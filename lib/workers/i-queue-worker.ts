import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import type { IPublishTarget } from '../tables';

/** A worker as other constructs use it: they send to it, and watch its dead letters. */
export interface IQueueWorker extends IConstruct, IPublishTarget {
  /** Queue of messages that SQS gave up, after 1,000 receives. */
  readonly deadLetterQueue: IQueue;
}
