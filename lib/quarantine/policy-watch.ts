import { Lazy, Stack } from 'aws-cdk-lib';
import type { CfnQueuePolicy, IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SCHEDULER } from '../limits';
import { deployedBytes } from '../stacks';

/**
 * The policies of the workers' queues, as the event of the tick's schedule states them. The event
 * may have references, such as the ARNs of roles, and it isn't limited to the 4 KB of a function's
 * environment.
 */
export class PolicyWatch extends Construct {
  private readonly queues = new Map<string, IQueue[]>();

  public constructor(scope: Construct, id: string) {
    super(scope, id);
    this.node.addValidation({ validate: () => this.sizeErrors() });
  }

  /** Adds a queue of a worker. Its policy may get more statements later. */
  public add(targetName: string, queue: IQueue): void {
    this.queues.set(targetName, [...(this.queues.get(targetName) ?? []), queue]);
  }

  /** Event of the schedule, as JSON. */
  public event(): string {
    return Lazy.string({ produce: () => Stack.of(this).toJsonString(this.content()) });
  }

  private content(): object {
    const workers = [...this.queues].map(([targetName, queues]) => [targetName, queues.map(declaredPolicy)]);
    return workers.length === 0 ? {} : { policies: Object.fromEntries(workers) };
  }

  private sizeErrors(): string[] {
    const size = deployedBytes(Stack.of(this).resolve(this.content()));
    if (size <= SCHEDULER.MAX_INPUT_BYTES) return [];
    return [
      `policies of queues must fit ${SCHEDULER.MAX_INPUT_BYTES} bytes, the limit of a schedule's event, got about ${size} for ${this.queues.size} workers: put some workers into another top-level stack, or let their senders share roles`,
    ];
  }
}

function declaredPolicy(queue: IQueue): object {
  const { policyDocument } = queue.node.findChild('Policy').node.defaultChild as CfnQueuePolicy;
  return { queue: queue.queueName, policy: policyDocument };
}
