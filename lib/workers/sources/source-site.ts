import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct, IDependable } from 'constructs';
import type { Conditions } from '../../keyring';

/** A service's right to send to a queue. */
export interface ServiceSender {
  /** Service principal, such as `sns.amazonaws.com`. */
  readonly service: string;
  /** ARN of the topic, bucket or rule. */
  readonly sourceArn: string;
  /** Account of the source, if its ARN doesn't have it. */
  readonly sourceAccount?: string;
  /** Conditions of the use of the queue's key. */
  readonly keyConditions: Conditions;
}

/** A worker and its queue, as a source connects with them. */
export interface SourceSite {
  readonly worker: Construct;
  readonly queue: IQueue;
  readonly fifo: boolean;
  /**
   * Notes the identity of a source.
   * @throws BreakwaterError if the worker has it already
   */
  claim(what: string, ...identity: readonly unknown[]): void;
  /**
   * Lets one resource of a service send.
   * @returns the policy that allows it
   */
  letServiceSend(sender: ServiceSender): IDependable;
  /** Lets a role or user send. */
  letSend(sender: IGrantable): void;
}
