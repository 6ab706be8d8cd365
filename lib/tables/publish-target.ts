import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { invalid, shown } from '../validation';

/** A queue that receives outbox messages of sharded tables. Each `QueueWorker` is a target. */
export interface IPublishTarget {
  /**
   * Name of the target in the field `to` of messages. Unique in a stack; 1 to 128 letters, digits,
   * `-`, `_` and `.`.
   */
  readonly targetName: string;
  /** Queue that receives the messages. */
  readonly queue: IQueue;
  /** Whether it is a FIFO queue, so that each message needs a group. */
  readonly fifo: boolean;
  /** Lets a grantee send messages to the queue, and lists it as a sender in the queue's policy. */
  grantSendMessages(grantee: IGrantable): Grant;
}

/** Fails unless a value is a target. Callers without a type checker may pass a target's name. */
export function requireTarget(scope: IConstruct, value: unknown): void {
  const { queue, grantSendMessages } = (value ?? {}) as Partial<IPublishTarget>;
  if (queue !== undefined && typeof grantSendMessages === 'function') return;
  throw invalid(
    scope,
    'publishTo',
    `must get a QueueWorker, got ${shown(value)}; give the worker itself, not its name`,
  );
}
