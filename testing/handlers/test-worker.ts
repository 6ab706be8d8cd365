import type { QueueResult } from '../../lambdas/runtime';
import type { MemoryQueue, QueuedMessage } from '../aws/memory-queue';
import { envelopeText, type TestMessage } from './events';
import type { LogLine, TestFunction } from './test-function';

/** A message that waits in a queue, or that moved to the dead-letter queue. */
export interface WaitingMessage {
  /** The message's own id; undefined if its text is no message. */
  readonly id: string | undefined;
  readonly body: unknown;
  readonly group: string | undefined;
  /** Deliveries so far. */
  readonly receiveCount: number;
}

/** The result of one delivery of a message. */
export interface MessageResult extends WaitingMessage {
  /**
   * The outcome, as the runtime logs it: `done`, `failed`, `malformed`, `refused`, `unfinished`,
   * `not begun` or `behind a failure`.
   */
  readonly outcome: string;
  /**
   * Reason of a failure, as the runtime logs it: the error's name, and its message if that can't
   * contain data.
   */
  readonly reason?: string;
  /** Seconds until SQS redelivers it, as the worker asked. */
  readonly retrySeconds?: number;
  /** Whether it moved to the dead-letter queue. */
  readonly isDead: boolean;
  /** Calls to AWS that no grant of the stack allows, as sentences. */
  readonly denied: readonly string[];
}

/**
 * A queue worker with its real handler and its queue in memory. Time doesn't pass in the queue: a
 * delivery takes every message that waits, whatever its delay is.
 */
export class TestWorker {
  /** The result of each delivery, in order, since the stack was made or `reset`. */
  readonly results: MessageResult[] = [];

  /** @internal */
  constructor(
    private readonly target: TestFunction,
    private readonly queue: MemoryQueue,
    private readonly batchSize: number,
    private readonly targetName: string,
  ) {}

  /** Messages that wait, in their order. */
  get waiting(): readonly WaitingMessage[] {
    return this.queue.waiting.map(shown);
  }

  /** Messages that failed too often. */
  get deadLetters(): readonly WaitingMessage[] {
    return this.queue.deadLetters.map(shown);
  }

  /** Puts messages into the queue, as the relay would. */
  send(...messages: readonly TestMessage[]): void {
    for (const message of messages) {
      const group = message.group ?? (this.queue.props.fifo ? 'test' : undefined);
      this.queue.send({ body: envelopeText(this.targetName, { ...message, ...(group && { group }) }), group });
    }
  }

  /**
   * Delivers each waiting message once, in batches of the declared size. A failed message waits
   * again, or moves to the dead-letter queue after the declared number of deliveries. In a FIFO
   * queue, the messages behind a failed one of their group aren't delivered.
   * @param messages put into the queue first
   * @returns the results of the deliveries
   */
  async deliver(...messages: readonly TestMessage[]): Promise<readonly MessageResult[]> {
    this.send(...messages);
    return this.deliverWaiting(1);
  }

  /** @internal */
  async deliverWaiting(copies: number): Promise<readonly MessageResult[]> {
    const from = this.results.length;
    const candidates = new Set(this.queue.waiting);
    for (;;) {
      const batch = this.queue.receive(candidates, this.batchSize);
      if (batch.length === 0) return this.results.slice(from);
      for (const message of batch) candidates.delete(message);
      await this.deliverBatch(batch, copies);
    }
  }

  /** A message is done when one of its copies is, as in SQS: that copy's delivery deletes it. */
  private async deliverBatch(batch: readonly QueuedMessage[], copies: number): Promise<void> {
    const calls = await Promise.all(Array.from({ length: copies }, () => this.call(batch)));
    for (const message of batch) {
      const { messageId } = message;
      const isDone = calls.some(({ failed }) => !failed.has(messageId));
      const isDead = this.queue.settle(message, isDone);
      for (const { failed, logs, denied } of calls) {
        const line = logs.findLast((other) => other['event'] === 'message' && other['messageId'] === messageId);
        const reason = line?.['reason'] ?? failed.get(messageId);
        this.results.push({
          ...shown(message),
          outcome: String(line?.['outcome'] ?? (failed.has(messageId) ? 'failed' : 'done')),
          ...(reason === undefined ? {} : { reason: String(reason) }),
          ...(message.retrySeconds === undefined ? {} : { retrySeconds: message.retrySeconds }),
          isDead,
          denied,
        });
      }
    }
  }

  /** @returns failed messages by id, with the error if the whole batch failed */
  private async call(batch: readonly QueuedMessage[]) {
    try {
      const { result, logs, denied } = await this.target.call<QueueResult | undefined>(this.eventOf(batch));
      const failures = result?.batchItemFailures ?? [];
      return { failed: new Map(failures.map((one) => [one.itemIdentifier, undefined])), logs, denied };
    } catch (error) {
      // Lambda delivers a batch again as a whole if its function fails.
      const failed = new Map(batch.map(({ messageId }) => [messageId, String(error)]));
      return { failed, logs: [] as readonly LogLine[], denied: [] };
    }
  }

  private eventOf(batch: readonly QueuedMessage[]): object {
    return {
      Records: batch.map(({ messageId, body, senderId, group, receiveCount }) => ({
        messageId,
        receiptHandle: messageId,
        body,
        eventSource: 'aws:sqs',
        eventSourceARN: this.queue.props.arn,
        attributes: {
          ApproximateReceiveCount: String(receiveCount),
          SenderId: senderId,
          ...(group === undefined ? {} : { MessageGroupId: group }),
        },
      })),
    };
  }
}

/** A queued message in the terms of a handler. */
export function shown({ body, group, receiveCount }: QueuedMessage): WaitingMessage {
  try {
    const envelope = JSON.parse(body) as { readonly id?: string; readonly body?: unknown; readonly group?: string };
    return { id: envelope.id, body: envelope.body, group: envelope.group ?? group, receiveCount };
  } catch {
    return { id: undefined, body, group, receiveCount };
  }
}
