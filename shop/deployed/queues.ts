import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { QueueState } from '../../local/queues';
import type { LocalResource } from '../../local/running-app';
import type { Clients } from './clients';

/**
 * The number of a queue's messages in flight, and the time at which this number last changed, in
 * milliseconds since 1970.
 */
interface Flight {
  readonly count: number;
  readonly since: number;
}

/**
 * Reads the queues that hold messages. The numbers of SQS are approximate, and some seconds old.
 * @returns a function that reads the queues
 */
export function queueReader({ sqs }: Clients, resources: readonly LocalResource[]): () => Promise<QueueState[]> {
  const queues = resources.filter(({ type }) => type === 'AWS::SQS::Queue');
  const flights = new Map<string, Flight>();
  const read = async ({ physicalId, logicalId }: LocalResource): Promise<QueueState> => {
    const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: physicalId, AttributeNames: ['All'] }));
    const attributes: Readonly<Record<string, string | undefined>> = answer.Attributes ?? {};
    const number = (name: string): number => Number(attributes[name] ?? 0);
    const inFlight = number('ApproximateNumberOfMessagesNotVisible');
    const before = flights.get(physicalId);
    const flight = before?.count === inFlight ? before : { count: inFlight, since: Date.now() };
    flights.set(physicalId, flight);
    return {
      name: logicalId,
      waiting: number('ApproximateNumberOfMessages') + number('ApproximateNumberOfMessagesDelayed'),
      inFlight,
      ...(inFlight > 0 && { visibleAt: flight.since + number('VisibilityTimeout') * 1000 }),
    };
  };
  return async () => (await Promise.all(queues.map(read))).filter(({ waiting, inFlight }) => waiting + inFlight > 0);
}
