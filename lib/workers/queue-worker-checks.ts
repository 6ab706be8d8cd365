import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { Handler, Scaling, VPC_PROPS } from '../functions';
import { LAMBDA, SQS } from '../limits';
import { PROFILE } from '../profile';
import { invalid, mustBe, type PropChecks, requireInteger, requireLiteral, requireName } from '../validation';
import { QueueKind } from './queue-kind';
import type { QueueWorkerPollers, QueueWorkerProps } from './queue-worker-props';

const DURATION = mustBe.instance(Duration, 'use Duration.seconds()');
const QUEUE = mustBe.object<IQueue>('IQueue', 'queueArn');

/** Checks of all props, for apps without a type checker. */
export const QUEUE_WORKER_PROPS: PropChecks<QueueWorkerProps> = {
  handler: mustBe.instance(Handler, 'use HandlerBundle.handler() or Handler.fromCode()'),
  kind: mustBe.oneOf('QueueKind', QueueKind),
  targetName: mustBe.text,
  timeout: DURATION,
  batchSize: mustBe.checkedLater,
  maxBatchingWindow: DURATION,
  visibilityTimeout: DURATION,
  giveUpAfter: DURATION,
  maxConcurrency: mustBe.checkedLater,
  pollers: mustBe.props<QueueWorkerPollers>({ min: mustBe.number, max: mustBe.number }),
  scaling: mustBe.instance(Scaling, 'use Scaling.onDemand() or Scaling.reserved()'),
  memorySize: mustBe.checkedLater,
  environment: mustBe.texts,
  profile: PROFILE,
  encryptionKey: mustBe.object<IKey>('IKey', 'keyArn'),
  queue: QUEUE,
  deadLetterQueue: QUEUE,
  ...VPC_PROPS,
};

/**
 * Fails if props of a worker are invalid. Otherwise AWS would report the error during the
 * deployment, or not at all.
 */
export function checkQueueWorkerProps(scope: Construct, props: QueueWorkerProps, targetName: string): void {
  requireName(scope, 'targetName', targetName, /^[A-Za-z0-9_-]{1,80}$/, "1 to 80 letters, digits, '-' and '_'");
  if (props.deadLetterQueue !== undefined && props.queue === undefined) {
    throw invalid(
      scope,
      'deadLetterQueue',
      'must come with queue, got it alone: a new queue has a new dead-letter queue',
    );
  }
  checkBatch(scope, props);
  checkGiveUpAfter(scope, props.giveUpAfter);
  const { MIN_QUEUE_CONCURRENCY, MAX_QUEUE_CONCURRENCY } = LAMBDA;
  requireInteger(scope, 'maxConcurrency', props.maxConcurrency, MIN_QUEUE_CONCURRENCY, MAX_QUEUE_CONCURRENCY);
  const reserved = props.scaling?.reservedConcurrency;
  if (reserved !== undefined && reserved < MIN_QUEUE_CONCURRENCY) {
    throw invalid(
      scope,
      'scaling',
      `must reserve at least ${MIN_QUEUE_CONCURRENCY} (an event source mapping's minimum), got ${reserved}: excess batches are throttled, and their messages wait for the visibility timeout each time`,
    );
  }
  if (reserved !== undefined && (props.maxConcurrency ?? 0) > reserved) {
    throw invalid(
      scope,
      'maxConcurrency',
      `must be at most the reserved concurrency ${reserved}, got ${props.maxConcurrency}: excess batches are throttled, and their messages wait for the visibility timeout each time`,
    );
  }
  checkPollers(scope, props);
}

/** Bounds of the time for which a message may fail. */
const MIN_GIVE_UP_SECONDS = 60;
const MAX_GIVE_UP_SECONDS = 7 * 24 * 60 * 60;

function checkGiveUpAfter(scope: Construct, giveUpAfter: Duration | undefined): void {
  if (giveUpAfter === undefined) return;
  requireLiteral(scope, 'giveUpAfter', giveUpAfter, 'the visibility timeout is derived from it');
  const seconds = giveUpAfter.toSeconds({ integral: false });
  requireInteger(scope, 'giveUpAfter in seconds', seconds, MIN_GIVE_UP_SECONDS, MAX_GIVE_UP_SECONDS);
}

/**
 * Minimum seconds of a visibility timeout. With it, SQS reaches its maximum of receives after twice
 * the give-up time, even if the function can't start.
 */
export function minVisibilitySeconds(giveUpAfter: Duration): number {
  return Math.ceil((2 * giveUpAfter.toSeconds()) / SQS.MAX_RECEIVE_COUNT);
}

/**
 * Fails if SQS could redeliver a message while the function still handles it, or could give a
 * message up before the worker does.
 */
export function checkVisibility(
  scope: Construct,
  visibility: Duration,
  timeout: Duration,
  giveUpAfter: Duration,
): void {
  requireLiteral(scope, 'visibilityTimeout', visibility, 'it is compared with the timeout');
  requireInteger(
    scope,
    'visibilityTimeout in seconds',
    visibility.toSeconds({ integral: false }),
    0,
    SQS.MAX_VISIBILITY_SECONDS,
  );
  if (visibility.toSeconds() < timeout.toSeconds()) {
    throw invalid(
      scope,
      'visibilityTimeout',
      `must be at least the timeout of ${timeout.toSeconds()} s, got ${visibility.toSeconds()} s: SQS would redeliver a message while it is being handled; leave it out for 6 times the timeout`,
    );
  }
  const least = minVisibilitySeconds(giveUpAfter);
  if (visibility.toSeconds() < least) {
    throw invalid(
      scope,
      'visibilityTimeout',
      `must be at least ${least} s with a giveUpAfter of ${giveUpAfter.toSeconds()} s, got ${visibility.toSeconds()} s: SQS could count 1,000 receives before the worker gives a message up; leave it out, or shorten giveUpAfter`,
    );
  }
}

function checkBatch(scope: Construct, props: QueueWorkerProps): void {
  const window = props.maxBatchingWindow;
  requireInteger(scope, 'batchSize', props.batchSize, 1, LAMBDA.MAX_QUEUE_BATCH);
  if (window !== undefined) {
    requireLiteral(scope, 'maxBatchingWindow', window, 'the visibility timeout is derived from it');
    const seconds = window.toSeconds({ integral: false });
    requireInteger(scope, 'maxBatchingWindow in seconds', seconds, 0, LAMBDA.MAX_BATCHING_WINDOW_SECONDS);
    if (seconds > 0 && props.kind === QueueKind.FIFO) {
      throw invalid(scope, 'maxBatchingWindow', `must be left out for a FIFO queue, got ${seconds} s`);
    }
  }
  const waits = (window ?? Duration.seconds(0)).toSeconds() > 0;
  const max = LAMBDA.MAX_QUEUE_BATCH_WITHOUT_WINDOW;
  if ((props.batchSize ?? 0) > max && !waits) {
    const condition =
      props.kind === QueueKind.FIFO ? 'for a FIFO queue' : 'without a maxBatchingWindow of a second or more';
    throw invalid(scope, 'batchSize', `must be at most ${max} ${condition}, got ${props.batchSize}`);
  }
}

function checkPollers(scope: Construct, props: QueueWorkerProps): void {
  const pollers = props.pollers;
  if (pollers === undefined) return;
  if (props.maxConcurrency !== undefined) {
    throw invalid(
      scope,
      'pollers',
      'must be left out if maxConcurrency is set, since AWS accepts one of them; limit pollers by Scaling.reserved()',
    );
  }
  for (const bound of ['min', 'max'] as const) {
    if (pollers[bound] === undefined) throw invalid(scope, `pollers.${bound}`, 'must be given, got nothing');
  }
  requireInteger(scope, 'pollers.min', pollers.min, LAMBDA.MIN_POLLERS, LAMBDA.MAX_MIN_POLLERS);
  requireInteger(scope, 'pollers.max', pollers.max, pollers.min, LAMBDA.MAX_POLLERS);
}
