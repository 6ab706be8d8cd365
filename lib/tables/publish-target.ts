import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { invalid, shown } from '../validation';

/** A queue that takes messages from the outboxes of sharded tables. Each `QueueWorker` is one. */
export interface IPublishTarget {
  /**
   * Name by which messages address the target: `to`. Unique in a stack; 1 to 128 letters, digits,
   * `-`, `_` and `.`.
   */
  readonly targetName: string;
  /** Queue that takes the messages. */
  readonly queue: IQueue;
  /** Whether it is a FIFO queue. Its messages need a group. */
  readonly fifo: boolean;
  /** Lets a grantee send messages to the queue, and lists it as a sender in the queue's policy. */
  grantSendMessages(grantee: IGrantable): Grant;
}

/** Fails unless a value is a target. Without a type checker it may be the name of one. */
export function requireTarget(scope: IConstruct, value: unknown): void {
  const { queue, grantSendMessages } = (value ?? {}) as Partial<IPublishTarget>;
  if (queue !== undefined && typeof grantSendMessages === 'function') return;
  throw invalid(
    scope,
    'publishTo',
    `must get a QueueWorker, got ${shown(value)}; give the worker itself, not its name`,
  );
}
