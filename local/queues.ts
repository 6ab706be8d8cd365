import type { LocalResource } from './running-app';

/** A message in the answer of the emulator's own endpoint. Times are seconds since 1970. */
export interface ShownMessage {
  readonly SentTimestamp: number;
  readonly VisibleAt: number;
  readonly IsVisible: boolean;
}

/** Messages by account, Region and queue URL: the answer of the emulator's endpoint. */
export interface ShownMessages {
  readonly messages: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, readonly ShownMessage[]>>>>>
  >;
}

/** A queue with the messages that it holds. */
export interface QueueMessages {
  readonly url: string;
  readonly messages: readonly ShownMessage[];
}

/** The number of messages that a queue holds. */
export interface QueueState {
  /** Path in the construct tree: `Shop/Mail/Queue`. */
  readonly name: string;
  /** Number of messages that wait to be received. */
  readonly waiting: number;
  /** Number of received messages that aren't deleted yet, and of delayed messages. */
  readonly inFlight: number;
  /**
   * Time at which the last message in flight becomes visible again, in milliseconds since 1970.
   * Undefined if no message is in flight.
   */
  readonly visibleAt?: number;
}

/** Reads every queue of the emulator, without receiving messages. So no receive count changes. */
export async function readQueues(endpoint: string): Promise<QueueMessages[]> {
  const answer = await fetch(`${endpoint}/_ministack/sqs/messages`);
  return queuesOf((await answer.json()) as ShownMessages);
}

/** The queues of an answer. */
export function queuesOf({ messages }: ShownMessages): QueueMessages[] {
  const regions = Object.values(messages).flatMap((account) => Object.values(account));
  return regions.flatMap((queues) => Object.entries(queues).map(([url, held]) => ({ url, messages: held })));
}

/** The queues that hold messages, by their names in the app. */
export function heldMessages(queues: readonly QueueMessages[], resources: readonly LocalResource[]): QueueState[] {
  return queues
    .filter(({ messages }) => messages.length > 0)
    .map(({ url, messages }) => {
      const resource = resources.find(({ physicalId }) => physicalId === url);
      const flying = messages.filter(({ IsVisible }) => !IsVisible);
      return {
        name: resource?.path ?? resource?.logicalId ?? url,
        waiting: messages.length - flying.length,
        inFlight: flying.length,
        // The endpoint rounds times down to whole seconds, so one second is added.
        ...(flying.length > 0 && { visibleAt: 1_000 * (1 + Math.max(...flying.map(({ VisibleAt }) => VisibleAt))) }),
      };
    });
}

/** Describes the queues with messages, and when messages in flight become visible again. */
export function describeQueues(queues: readonly QueueState[], now: number): string {
  if (queues.length === 0) return 'no queue holds a message';
  return queues
    .map(({ name, waiting, inFlight, visibleAt }) => {
      const seconds = Math.max(0, Math.ceil(((visibleAt ?? now) - now) / 1_000));
      const flying = inFlight === 0 ? '' : `${inFlight} in flight, visible again within ${seconds} s`;
      return `${name}: ${[waiting === 0 ? '' : `${waiting} waiting`, flying].filter((part) => part !== '').join(', ')}`;
    })
    .join('; ');
}
