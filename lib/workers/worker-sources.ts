import { Annotations, Stack } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct, IDependable } from 'constructs';
import { grantServiceKeyUse } from '../keyring';
import type { MessageForm } from '../protocol';
import { invalid, requireGrantee } from '../validation';
import { allowService, type DeclaredSenders } from './declared-senders';
import type { ServiceSender, SourceSite } from './sources/source-site';
import type { WorkerSource } from './worker-source';

/** The parts of a worker that its sources use. */
export interface WorkerSourcesProps extends Pick<SourceSite, 'worker' | 'queue' | 'fifo' | 'letSend'> {
  readonly encryptionKey: IKey | undefined;
  /** Undefined if the queue is an existing one. */
  readonly senders: DeclaredSenders | undefined;
}

/** The sources of a worker. All of them send messages of one form. */
export class WorkerSources implements SourceSite {
  public readonly worker: Construct;
  public readonly queue: IQueue;
  public readonly fifo: boolean;
  private readonly claimed = new Set<string>();

  /** @param form form of the messages in the queue */
  public constructor(
    private readonly form: MessageForm,
    private readonly props: WorkerSourcesProps,
  ) {
    this.worker = props.worker;
    this.queue = props.queue;
    this.fifo = props.fifo;
  }

  /** Connects a source with the queue. */
  public add(source: WorkerSource): void {
    if (source._form !== this.form) {
      throw invalid(
        this.worker,
        'source',
        `must have messages of the form '${this.form}' like the worker's other sources, got '${source._form}': the worker reads all messages of its queue in one form; make another QueueWorker with the same handler`,
      );
    }
    source._connect(this);
  }

  public claim(what: string, ...identity: readonly unknown[]): void {
    const key = JSON.stringify(Stack.of(this.worker).resolve(identity));
    if (this.claimed.has(key)) {
      throw invalid(this.worker, 'source', `must be added once, got the ${what} twice: each event would arrive twice`);
    }
    this.claimed.add(key);
  }

  public letServiceSend(sender: ServiceSender): IDependable {
    const { senders, encryptionKey } = this.props;
    const { service, keyConditions } = sender;
    if (senders !== undefined) senders.addSource(sender);
    else if (!this.queue.addToResourcePolicy(allowService(this.queue, sender)).statementAdded) {
      this.warn('queue-policy', 'queue', `sqs:SendMessage of ${service}`);
    }
    if (encryptionKey !== undefined && !grantServiceKeyUse(encryptionKey, service, keyConditions)) {
      this.warn('key-policy', 'key', `kms:GenerateDataKey and kms:Decrypt of ${service}`);
    }
    return this.queue;
  }

  public letSend(sender: IGrantable): void {
    requireGrantee(this.worker, sender);
    this.claim('sender', sender.grantPrincipal.policyFragment.principalJson);
    this.props.letSend(sender);
  }

  private warn(name: string, what: string, right: string): void {
    Annotations.of(this.worker).addWarningV2(
      `breakwater:source-${name}`,
      `the policy of the ${what} isn't in this app, so it must allow ${right} itself; otherwise the source's messages are lost`,
    );
  }
}
