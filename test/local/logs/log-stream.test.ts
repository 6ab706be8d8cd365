import type { LogEvent } from '../../../local/events';
import { LogStream } from '../../../local/logs';
import type { CloudApi } from '../../../testing';

const timestamp = Date.now() + 60_000;
const event = (message: string) => ({ timestamp, message, logStreamName: 's' });
const fn = { region: 'us-east-1', name: 'checkout', module: 'Shop/Checkout' } as never;

test('reads every page of a log group, and each event once', async () => {
  const first = [event('one'), event('two')];
  const second = [event('three')];
  let bytes = 1;
  const answers: Record<string, (input: { nextToken?: string }) => object> = {
    DescribeLogGroups: () => ({ logGroups: [{ logGroupName: '/aws/lambda/checkout', storedBytes: bytes }] }),
    FilterLogEvents: ({ nextToken }) => (nextToken === 'n' ? { events: second } : { events: first, nextToken: 'n' }),
  };
  const api = {
    rest: async () => new Response('{}'),
    json: async (_: string, action: string, input: object) => answers[action.split('.')[1]!]!(input),
  } as unknown as CloudApi;
  const seen: LogEvent[] = [];
  const stream = new LogStream({ api: () => api, onEntry: (entry) => void seen.push(entry) });
  await stream.follow([fn]);
  await stream.poll();
  expect(seen.map(({ message }) => message)).toEqual(['one', 'two', 'three']);
  second.push(event('four'));
  bytes = 2;
  await stream.poll();
  expect(seen.map(({ message }) => message)).toEqual(['one', 'two', 'three', 'four']);
});
