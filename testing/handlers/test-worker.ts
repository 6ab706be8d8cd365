import type { QueueResult } from '../../lambdas/runtime';
import { messageReader } from '../../lambdas/runtime/worker/message-forms';
import type { Envelope, MessageForm, QuarantineEntry } from '../../lib/protocol';
import type { MemoryQueue, QueuedMessage } from '../aws/memory-queue';
import type { TestMessage } from './events';
import { messageText } from './source-messages';
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

/** A message that its worker gave up. */
export interface HeldMessage extends WaitingMessage {
  /** Reason in the quarantine: `gave-up`, `permanent`, `malformed`, `refused` and so on. */
  readonly reason: string;
  /** Name of the error. The error's message is added if it can't contain personal data. */
  readonly error?: string;
}

/** The result of one delivery of a message. */
export interface MessageResult extends WaitingMessage {
  /**
   * The outcome that the runtime logs: `done`, `failed`, `deferred`, `malformed`, `refused`,
   * `unfinished`, `not begun`, `quarantined` or `behind a failure`.
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
  /** Whether the message was given up: it is in the quarantine or in the dead-letter queue. */
  readonly isDead: boolean;
  /** Calls to AWS that no grant of the stack allows, as sentences. */
  readonly denied: readonly string[];
}

/** Deliveries after which a message that always fails is given up. */
const DELIVERIES = 5;

/** The parts of the stack that a worker uses. */
export interface TestWorkerProps {
  readonly target: TestFunction;
  readonly queue: MemoryQueue;
  readonly batchSize: number;
  readonly targetName: string;
  /** Form of the messages in the queue. */
  readonly form: MessageForm;
  /** Returns the worker's entries in the quarantine. */
  readonly held: () => readonly QuarantineEntry[];
}

/**
 * A queue worker with its real handler, and with its queue in memory. The queue has no clock, so a
 * delivery ignores visibility timeouts and takes every waiting message. Between two deliveries of a
 * message, a quarter of the worker's `giveUpAfter` passes. So a message that always fails is given
 * up at its fifth delivery.
 */
export class TestWorker {
  /** The result of each delivery, in order, since the stack was made or since the last `reset`. */
  readonly results: MessageResult[] = [];

  /** @internal */
  constructor(private readonly props: TestWorkerProps) {}

  /** Waiting messages, in the order in which they were sent. */
  get waiting(): readonly WaitingMessage[] {
    return this.props.queue.waiting.map((message) => this.shown(message));
  }

  /** Messages that the worker gave up, in the quarantine. */
  get held(): readonly HeldMessage[] {
    return this.props.held().map(({ content, group, receives, reason = '', error }) => ({
      ...this.shown({ body: content, group, receiveCount: receives }),
      reason,
      ...(error === undefined ? {} : { error }),
    }));
  }

  /** Messages that SQS moved to the dead-letter queue, because they were delivered too often. */
  get deadLetters(): readonly WaitingMessage[] {
    return this.props.queue.deadLetters.map((message) => this.shown(message));
  }

  /**
   * Sends messages to the queue, in the form in which the relay sends them. If the worker has
   * sources, the messages get the form of its sources.
   */
  send(...messages: readonly TestMessage[]): void {
    for (const message of messages) {
      const group = message.group ?? (this.props.queue.props.fifo ? 'test' : undefined);
      this.props.queue.send({
        body: messageText(this.props.form, this.props.targetName, { ...message, ...(group && { group }) }),
        group,
      });
    }
  }

  /**
   * Delivers each waiting message once, in batches of the declared size. A failed message waits
   * again, or is given up. In a FIFO
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
    const candidates = new Set(this.props.queue.waiting);
    for (;;) {
      const batch = this.props.queue.receive(candidates, this.props.batchSize);
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
      const isHeld = calls.some(({ logs }) =>
        logs.some((line) => line['outcome'] === 'held' && line['messageId'] === messageId),
      );
      const isDead = this.props.queue.settle(message, isDone) || isHeld;
      for (const { failed, logs, denied } of calls) {
        const line = logs.findLast((other) => other['message'] === 'message' && other['messageId'] === messageId);
        const reason = line?.['reason'] ?? failed.get(messageId);
        this.results.push({
          ...this.shown(message),
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
      const { result, logs, denied } = await this.props.target.call<QueueResult | undefined>(this.eventOf(batch));
      const failures = result?.batchItemFailures ?? [];
      return { failed: new Map(failures.map((one) => [one.itemIdentifier, undefined])), logs, denied };
    } catch (error) {
      // If the function fails, all messages of the batch count as failed, as on AWS.
      const failed = new Map(batch.map(({ messageId }) => [messageId, String(error)]));
      return { failed, logs: [] as readonly LogLine[], denied: [] };
    }
  }

  private shown(message: ShownMessage): WaitingMessage {
    return shown(message, this.props.form);
  }

  private eventOf(batch: readonly QueuedMessage[]): object {
    const step = (this.props.target.giveUpAfterSeconds * 1_000) / (DELIVERIES - 1);
    return {
      Records: batch.map(({ messageId, body, senderId, group, sentAt, sequence, receiveCount }) => ({
        messageId,
        receiptHandle: messageId,
        body,
        eventSource: 'aws:sqs',
        eventSourceARN: this.props.queue.props.arn,
        attributes: {
          ApproximateReceiveCount: String(receiveCount),
          SenderId: senderId,
          SentTimestamp: String(sentAt),
          ApproximateFirstReceiveTimestamp: String(Math.round(Date.now() - (receiveCount - 1) * step)),
          ...(group === undefined ? {} : { MessageGroupId: group }),
          ...(this.props.queue.props.fifo ? { SequenceNumber: String(sequence) } : {}),
        },
      })),
    };
  }
}

/** The shown part of a message. */
type ShownMessage = Pick<QueuedMessage, 'body' | 'receiveCount'> & { readonly group?: string | undefined };

/**
 * Converts a queued message to the form that tests read. Of an S3 message with several records, the
 * first is shown.
 */
export function shown({ body, group, receiveCount }: ShownMessage, form: MessageForm): WaitingMessage {
  try {
    const envelope = form === 'envelope' ? (JSON.parse(body) as Partial<Envelope>) : readMessage(form, body);
    return { id: envelope?.id, body: envelope?.body, group: envelope?.group ?? group, receiveCount };
  } catch {
    return { id: undefined, body, group, receiveCount };
  }
}

function readMessage(form: MessageForm, body: string): Partial<Envelope> | undefined {
  const attributes = { ApproximateReceiveCount: '1', SenderId: 'test' };
  const [part] = messageReader(form, '')({ messageId: '', receiptHandle: '', body, eventSourceARN: '', attributes });
  return part?.envelope;
}
