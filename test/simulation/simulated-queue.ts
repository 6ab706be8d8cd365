import { shuffled } from '../../lambdas/runtime/worker/fate';
import type { QueueRecord } from '../../lambdas/runtime/worker/records';
import { REDRIVE_ATTRIBUTE } from '../../lib/protocol';

/** A message in the simulated queue. */
export interface SimulatedMessage {
  readonly id: string;
  readonly body: string;
  readonly group?: string;
  /** Reference to an entry of the quarantine. */
  readonly trial?: string;
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  firstReceivedAt: number;
  state: 'queued' | 'deleted' | 'dead letter' | 'expired';
  /** Time at which it became a dead letter. */
  movedAt?: number;
}

export interface SimulatedQueueProps {
  readonly fifo: boolean;
  readonly visibilityMs: number;
  readonly retentionMs: number;
  readonly maxReceiveCount: number;
  /** Messages in flight from which the queue delivers no others. @default no limit */
  readonly maxInFlight?: number;
  /** Decides the order of a queue without order. @default the order in which messages were sent */
  readonly random?: () => number;
}

/** A queue with SQS's rules about visibility, receives, order of groups, dead letters and retention. */
export class SimulatedQueue {
  readonly messages: SimulatedMessage[] = [];
  private queued: SimulatedMessage[] = [];

  constructor(readonly props: SimulatedQueueProps) {}

  /** Adds a message that is sent at a time. Times must not decrease. */
  send(id: string, body: string, sentAt: number, group?: string, trial?: string): void {
    const message: SimulatedMessage = {
      id,
      body,
      sentAt,
      visibleAt: sentAt,
      receives: 0,
      firstReceivedAt: Number.NaN,
      state: 'queued',
      ...(group === undefined ? {} : { group }),
      ...(trial === undefined ? {} : { trial }),
    };
    this.messages.push(message);
    this.queued.push(message);
  }

  get isEmpty(): boolean {
    return this.queued.length === 0;
  }

  /** Time at which a message can be received; infinite if there is none. */
  get nextAt(): number {
    if (!this.props.fifo) {
      return this.queued.reduce((least, { visibleAt }) => Math.min(least, visibleAt), Number.POSITIVE_INFINITY);
    }
    const groups = new Map<string, number>();
    for (const { id, group = id, visibleAt, receives } of this.queued) {
      const known = groups.get(group);
      // A message in flight locks its group.
      if (known === undefined || receives > 0) groups.set(group, Math.max(known ?? 0, visibleAt));
    }
    return Math.min(Number.POSITIVE_INFINITY, ...groups.values());
  }

  /** First time after `now` at which a message becomes visible; infinite if there is none. */
  nextVisibleAfter(now: number): number {
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...this.queued.map(({ visibleAt }) => visibleAt).filter((at) => at > now),
    );
  }

  /** Number of messages that were received, and are neither deleted nor visible again. */
  inFlight(now: number): number {
    return this.queued.filter(({ visibleAt, receives }) => receives > 0 && visibleAt > now).length;
  }

  /** The next messages, or those of the next groups. */
  receive(now: number, size: number): SimulatedMessage[] {
    for (const message of this.queued) if (now >= message.sentAt + this.props.retentionMs) message.state = 'expired';
    this.forgetEnded();
    const locked = new Set<string>();
    if (this.props.fifo) {
      for (const { group, visibleAt, receives } of this.queued) {
        if (visibleAt > now && receives > 0) locked.add(group!);
      }
    }
    const { random, maxInFlight = Number.POSITIVE_INFINITY } = this.props;
    const most = Math.min(size, maxInFlight - this.inFlight(now));
    const batch: SimulatedMessage[] = [];
    for (const message of random === undefined ? this.queued : shuffled(this.queued, random)) {
      if (batch.length >= most) break;
      if (message.visibleAt > now || (message.group !== undefined && locked.has(message.group))) continue;
      if (message.receives >= this.props.maxReceiveCount) {
        message.state = 'dead letter';
        message.movedAt = now;
        continue;
      }
      if (message.receives === 0) message.firstReceivedAt = now;
      message.receives++;
      message.visibleAt = now + this.props.visibilityMs;
      batch.push(message);
    }
    this.forgetEnded();
    return batch;
  }

  /** Deletes a message. The receipt of an earlier delivery has no effect. */
  delete(receipt: string): void {
    const message = this.find(receipt);
    if (message !== undefined) message.state = 'deleted';
    this.forgetEnded();
  }

  /** Changes when a message is delivered again. The receipt of an earlier delivery has no effect. */
  changeVisibility(receipt: string, visibleAt: number): void {
    const message = this.find(receipt);
    if (message !== undefined) message.visibleAt = visibleAt;
  }

  /** A message as Lambda passes it to a function. */
  recordOf(message: SimulatedMessage): QueueRecord {
    const { id, body, group, trial, sentAt, receives, firstReceivedAt } = message;
    return {
      messageId: id,
      receiptHandle: receiptOf(message),
      body,
      eventSourceARN: `arn:aws:sqs:us-east-1:111122223333:Payments${this.props.fifo ? '.fifo' : ''}`,
      attributes: {
        ApproximateReceiveCount: String(receives),
        SenderId: 'AROA:relay',
        SentTimestamp: String(sentAt),
        ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
        ...(group === undefined
          ? {}
          : { MessageGroupId: group, SequenceNumber: String(this.messages.findIndex((one) => one.id === id)) }),
      },
      ...(trial === undefined ? {} : { messageAttributes: { [REDRIVE_ATTRIBUTE]: { stringValue: trial } } }),
    };
  }

  private find(receipt: string): SimulatedMessage | undefined {
    return this.queued.find((message) => receiptOf(message) === receipt);
  }

  private forgetEnded(): void {
    this.queued = this.queued.filter(({ state }) => state === 'queued');
  }
}

/** Each delivery of a message has its own receipt. */
function receiptOf({ id, receives }: SimulatedMessage): string {
  return `${id}/${receives}`;
}
