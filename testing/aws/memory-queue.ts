import { randomUUID } from 'node:crypto';

/** Settings of a queue. */
export interface MemoryQueueProps {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly fifo: boolean;
  /** Deliveries after which a failed message moves to the dead-letter queue. */
  readonly maxReceiveCount: number;
}

/** A message in a queue. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly senderId: string;
  readonly group: string | undefined;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** Order in which the messages were sent. */
  readonly sequence: number;
  /** Deliveries so far. */
  receiveCount: number;
  /**
   * Seconds until SQS would redeliver the message, as the worker set them. If undefined, the
   * queue's visibility timeout applies.
   */
  retrySeconds: number | undefined;
}

/** A message to send. */
export interface SentMessage {
  readonly body: string;
  readonly group?: string | undefined;
  readonly deduplicationId?: string | undefined;
  readonly senderId?: string | undefined;
}

const SENDER = 'AROATESTTESTTESTTEST:test';

/** A queue in memory. It has no clock, so it ignores visibility timeouts. */
export class MemoryQueue {
  /** Waiting messages, in the order in which they were sent. */
  waiting: QueuedMessage[] = [];
  readonly deadLetters: QueuedMessage[] = [];
  private sent = 0;
  private readonly deduplicationIds = new Set<string>();

  constructor(readonly props: MemoryQueueProps) {}

  /**
   * @returns the id of the message; if a FIFO queue already knows the deduplication id, the message
   * is dropped
   */
  send({ body, group, deduplicationId, senderId = SENDER }: SentMessage): string {
    const messageId = randomUUID();
    if (this.props.fifo && deduplicationId !== undefined) {
      if (this.deduplicationIds.has(deduplicationId)) return messageId;
      this.deduplicationIds.add(deduplicationId);
    }
    this.waiting.push({
      messageId,
      body,
      senderId,
      group,
      sentAt: Date.now(),
      sequence: ++this.sent,
      receiveCount: 0,
      retrySeconds: undefined,
    });
    return messageId;
  }

  /**
   * Returns the next messages and counts their delivery. In a FIFO queue, SQS delivers a group in
   * its order. So if the first message of a group isn't among `candidates`, the whole group waits.
   */
  receive(candidates: ReadonlySet<QueuedMessage>, size: number): QueuedMessage[] {
    const blocked = new Set<string | undefined>();
    const batch: QueuedMessage[] = [];
    for (const message of this.waiting) {
      if (batch.length === size) break;
      const isBlocked = this.props.fifo && blocked.has(message.group);
      if (candidates.has(message) && !isBlocked) batch.push(message);
      else blocked.add(message.group);
    }
    for (const message of batch) {
      message.receiveCount++;
      message.retrySeconds = undefined;
    }
    return batch;
  }

  /** Deletes a message, if it is there. */
  delete(messageId: string): void {
    this.waiting = this.waiting.filter((message) => message.messageId !== messageId);
  }

  /** Ends a delivery. @returns whether the message moved to the dead-letter queue */
  settle(message: QueuedMessage, isDone: boolean): boolean {
    const isDead = !isDone && message.receiveCount >= this.props.maxReceiveCount;
    if (isDone || isDead) this.waiting = this.waiting.filter((other) => other !== message);
    if (isDead) this.deadLetters.push(message);
    return isDead;
  }

  clear(): void {
    this.waiting = [];
    this.deadLetters.length = 0;
    this.deduplicationIds.clear();
  }
}
