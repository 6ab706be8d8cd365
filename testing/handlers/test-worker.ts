import type { QueueResult } from '../../lambdas/runtime';
import type { MemoryQueue, QueuedMessage } from '../aws/memory-queue';
import { envelopeText, type TestMessage } from './events';
import type { LogLine, TestFunction } from './test-function';

/** A message that waits in a queue, or that moved to the dead-letter queue. */
export interface WaitingMessage {
  /** Id in the message's envelope. Undefined if the SQS message isn't an envelope. */
  readonly id: string | undefined;
  readonly body: unknown;
  readonly group: string | undefined;
  /** Deliveries so far. */
  readonly receiveCount: number;
}

/** The result of one delivery of a message. */
export interface MessageResult extends WaitingMessage {
  /**
   * The outcome that the runtime logs: `done`, `failed`, `malformed`, `refused`, `unfinished`, `not
   * begun` or `behind a failure`.
   */
  readonly outcome: string;
  /**
   * Reason of a failure that the runtime logs: the error's name. The error's message is added if it
   * can't contain personal data.
   */
  readonly reason?: string;
  /** Lines about the message: of the handler's `logger`, and of the runtime. */
  readonly lines: readonly LogLine[];
  /** Seconds until SQS redelivers the message, as the worker set them. */
  readonly retrySeconds?: number;
  /** Whether the message moved to the dead-letter queue. */
  readonly isDead: boolean;
  /** Calls to AWS that no grant of the stack allows, as sentences. */
  readonly denied: readonly string[];
}

/**
 * A queue worker with its real handler, and with its queue in memory. The queue has no clock, so a
 * delivery ignores visibility timeouts and takes every waiting message.
 */
export class TestWorker {
  /** The result of each delivery, in order, since the stack was made or since the last `reset`. */
  readonly results: MessageResult[] = [];

  /** @internal */
  constructor(
    private readonly target: TestFunction,
    private readonly queue: MemoryQueue,
    private readonly batchSize: number,
    private readonly targetName: string,
  ) {}

  /** Waiting messages, in the order in which they were sent. */
  get waiting(): readonly WaitingMessage[] {
    return this.queue.waiting.map(shown);
  }

  /** Messages that moved to the dead-letter queue. */
  get deadLetters(): readonly WaitingMessage[] {
    return this.queue.deadLetters.map(shown);
  }

  /** Sends messages to the queue, in the form in which the relay sends them. */
  send(...messages: readonly TestMessage[]): void {
    for (const message of messages) {
      const group = message.group ?? (this.queue.props.fifo ? 'test' : undefined);
      this.queue.send({ body: envelopeText(this.targetName, { ...message, ...(group && { group }) }), group });
    }
  }

  /**
   * Delivers each waiting message once, in batches of the declared size. A failed message waits
   * again, or moves to the dead-letter queue after the declared number of deliveries. In a FIFO
   * queue, messages behind a failed message of the same group aren't delivered.
   * @param messages messages to send to the queue first
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

  /**
   * Delivers a batch. If one of several copies of a message succeeds, the message is done. As in
   * SQS, the successful delivery deletes it.
   */
  private async deliverBatch(batch: readonly QueuedMessage[], copies: number): Promise<void> {
    const calls = await Promise.all(Array.from({ length: copies }, () => this.call(batch)));
    for (const message of batch) {
      const { messageId } = message;
      const isDone = calls.some(({ failed }) => !failed.has(messageId));
      const isDead = this.queue.settle(message, isDone);
      for (const { failed, logs, denied } of calls) {
        const line = logs.findLast((other) => other['message'] === 'message' && other['messageId'] === messageId);
        const reason = line?.['reason'] ?? failed.get(messageId);
        this.results.push({
          ...shown(message),
          outcome: String(line?.['outcome'] ?? (failed.has(messageId) ? 'failed' : 'done')),
          ...(reason === undefined ? {} : { reason: String(reason) }),
          lines: logs.filter((other) => other['messageId'] === messageId),
          ...(message.retrySeconds === undefined ? {} : { retrySeconds: message.retrySeconds }),
          isDead,
          denied,
        });
      }
    }
  }

  /** @returns failed messages by id, with an error if the whole batch failed */
  private async call(batch: readonly QueuedMessage[]) {
    try {
      const { result, logs, denied } = await this.target.call<QueueResult | undefined>(this.eventOf(batch));
      const failures = result?.batchItemFailures ?? [];
      return { failed: new Map(failures.map((one) => [one.itemIdentifier, undefined])), logs, denied };
    } catch (error) {
      // If the function fails, all messages of the batch count as failed, as on AWS.
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

/** Converts a queued message to the form that tests read. */
export function shown({ body, group, receiveCount }: QueuedMessage): WaitingMessage {
  try {
    const envelope = JSON.parse(body) as { readonly id?: string; readonly body?: unknown; readonly group?: string };
    return { id: envelope.id, body: envelope.body, group: envelope.group ?? group, receiveCount };
  } catch {
    return { id: undefined, body, group, receiveCount };
  }
}
