import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { invalid, requireInteger, requireLiteral, requireName } from '../validation';
import { QueueKind } from './queue-kind';
import type { QueueWorkerProps } from './queue-worker-props';

/**
 * AWS Lambda Developer Guide, "Using Lambda with Amazon SQS" and the limits that its API enforces:
 * a batch above 10 needs a window, FIFO queues take neither.
 */
const MAX_BATCH = 10_000;
const MAX_BATCH_AT_ONCE = 10;
const MAX_WINDOW_SECONDS = 300;
const CONCURRENCY = { min: 2, max: 1000 };
const POLLERS = { min: 2, maxOfMin: 200, max: 2000 };

/** Amazon SQS Developer Guide, "Amazon SQS message quotas". */
const MAX_VISIBILITY_SECONDS = 12 * 60 * 60;
const MAX_RECEIVES = 1000;

/** Fails on props that can't be, each with what to do; AWS would tell at deployment, or never. */
export function checkQueueWorkerProps(scope: Construct, props: QueueWorkerProps, targetName: string): void {
  requireName(scope, 'targetName', targetName, /^[A-Za-z0-9_-]{1,80}$/, "1 to 80 letters, digits, '-' and '_'");
  checkBatch(scope, props);
  requireInteger(scope, 'maxReceiveCount', props.maxReceiveCount, 1, MAX_RECEIVES);
  requireInteger(scope, 'maxConcurrency', props.maxConcurrency, CONCURRENCY.min, CONCURRENCY.max);
  const reserved = props.scaling?.reservedConcurrency;
  if (reserved !== undefined && reserved < CONCURRENCY.min) {
    throw invalid(
      scope,
      'scaling',
      `must reserve at least ${CONCURRENCY.min}, the least that a mapping can be held to, got ${reserved}: what exceeds it is throttled, and ends as a dead letter untried`,
    );
  }
  if (reserved !== undefined && (props.maxConcurrency ?? 0) > reserved) {
    throw invalid(
      scope,
      'maxConcurrency',
      `must be at most the reserved concurrency ${reserved}, got ${props.maxConcurrency}: what exceeds it is throttled, and ends as a dead letter untried`,
    );
  }
  checkPollers(scope, props);
}

/** Fails where a message would be handed out again while it is still worked on. */
export function checkVisibility(scope: Construct, visibility: Duration, timeout: Duration): void {
  requireLiteral(scope, 'visibilityTimeout', visibility, 'it is compared with the timeout');
  requireInteger(
    scope,
    'visibilityTimeout in seconds',
    visibility.toSeconds({ integral: false }),
    0,
    MAX_VISIBILITY_SECONDS,
  );
  if (visibility.toSeconds() < timeout.toSeconds()) {
    throw invalid(
      scope,
      'visibilityTimeout',
      `must be at least the timeout of ${timeout.toSeconds()} s, got ${visibility.toSeconds()} s: a message would be handed out again while it is worked on; leave it out for 6 times the timeout`,
    );
  }
}

function checkBatch(scope: Construct, props: QueueWorkerProps): void {
  const window = props.maxBatchingWindow;
  requireInteger(scope, 'batchSize', props.batchSize, 1, MAX_BATCH);
  if (window !== undefined) {
    requireLiteral(scope, 'maxBatchingWindow', window, 'the visibility timeout is derived from it');
    const seconds = window.toSeconds({ integral: false });
    requireInteger(scope, 'maxBatchingWindow in seconds', seconds, 0, MAX_WINDOW_SECONDS);
    if (seconds > 0 && props.kind === QueueKind.FIFO) {
      throw invalid(scope, 'maxBatchingWindow', 'must be left out for a FIFO queue, which has none');
    }
  }
  const collects = (window ?? Duration.seconds(0)).toSeconds() > 0;
  if ((props.batchSize ?? 0) > MAX_BATCH_AT_ONCE && !collects) {
    throw invalid(
      scope,
      'batchSize',
      props.kind === QueueKind.FIFO
        ? `must be at most ${MAX_BATCH_AT_ONCE} for a FIFO queue, got ${props.batchSize}`
        : `must be at most ${MAX_BATCH_AT_ONCE} without a maxBatchingWindow of a second or more, got ${props.batchSize}`,
    );
  }
}

function checkPollers(scope: Construct, props: QueueWorkerProps): void {
  const pollers = props.pollers;
  if (pollers === undefined) return;
  if (props.maxConcurrency !== undefined) {
    throw invalid(
      scope,
      'pollers',
      'must be left out where maxConcurrency is given, since AWS takes one of them; bound pollers by Scaling.reserved()',
    );
  }
  requireInteger(scope, 'pollers.min', pollers.min, POLLERS.min, POLLERS.maxOfMin);
  requireInteger(scope, 'pollers.max', pollers.max, pollers.min, POLLERS.max);
}
