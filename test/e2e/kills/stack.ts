import { type App, Aspects, Duration, type IAspect, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { DeploymentProfile, HandlerBundle, QueueKind, QueueWorker, ShardedTable } from '../../../lib';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../../../local/cloud';

/** Target and construct ID of the worker for a kind of queue. */
export const WORKERS = { standard: 'Standard', fifo: 'Fifo' } as const;
export type Kind = keyof typeof WORKERS;

/** Times of the workers in seconds. They are short, so that a killed process's messages are redelivered soon. */
export interface WorkerTimes {
  readonly timeout: number;
  readonly visibilityTimeout: number;
  /** A crashing message is given up after twice this time. */
  readonly giveUpAfter: number;
}

/** Sends the calls of all functions through a proxy. */
class CallsThrough implements IAspect {
  public constructor(private readonly url: string) {}

  public visit(node: IConstruct): void {
    if (!(node instanceof CfnFunction)) return;
    for (const service of ['DYNAMODB', 'SQS']) {
      node.addPropertyOverride(`Environment.Variables.AWS_ENDPOINT_URL_${service}`, this.url);
    }
  }
}

/**
 * Items whose messages go through the outbox to a worker of each kind of queue, and a ledger of the workers' effects.
 * @param proxy address that the functions call instead of the emulator
 */
export function buildKillsStack(app: App, proxy: string, times: WorkerTimes): Stack {
  const stack = new Stack(app, 'Kills', { env: { region: LOCAL_REGION, account: LOCAL_ACCOUNT } });
  const profile = DeploymentProfile.SANDBOX;
  const code = HandlerBundle.fromDirectory('test/e2e/kills/handlers');
  const text = (name: string) => ({ name, type: AttributeType.STRING });
  const items = new ShardedTable(stack, 'Items', {
    partitionKey: text('group'),
    sortKey: text('id'),
    shards: 2,
    profile,
  });
  const ledger = new ShardedTable(stack, 'Ledger', { partitionKey: text('id'), sortKey: text('attempt'), profile });
  for (const kind of Object.keys(WORKERS) as Kind[]) {
    const worker = new QueueWorker(stack, WORKERS[kind], {
      handler: code.handler('effects'),
      kind: kind === 'fifo' ? QueueKind.FIFO : QueueKind.STANDARD,
      timeout: Duration.seconds(times.timeout),
      visibilityTimeout: Duration.seconds(times.visibilityTimeout),
      giveUpAfter: Duration.seconds(times.giveUpAfter),
      profile,
    });
    items.publishTo(worker);
    for (const table of [items, ledger]) table.grantReadWriteData(worker);
  }
  Aspects.of(stack).add(new CallsThrough(proxy));
  return stack;
}
