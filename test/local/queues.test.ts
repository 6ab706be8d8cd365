import { describeQueues, heldMessages, queuesOf } from '../../local/queues';

const URL = 'https://127.0.0.1:1/000000000000/Shop-Mail-1';
const message = (VisibleAt: number, IsVisible: boolean) => ({ SentTimestamp: 10, VisibleAt, IsVisible });
const shown = {
  messages: {
    '000000000000': {
      'us-east-1': { [URL]: [message(10, true), message(190, false), message(150, false)], [`${URL}-empty`]: [] },
    },
  },
};
const resources = [{ logicalId: 'M', physicalId: URL, type: 'AWS::SQS::Queue', path: 'Shop/Mail/Queue' }];

test('queues that hold messages are named as in the app, with the time at which the last message in flight comes back', () => {
  const held = heldMessages(queuesOf(shown), resources);
  expect(held).toEqual([{ name: 'Shop/Mail/Queue', waiting: 1, inFlight: 2, visibleAt: 191_000 }]);
  expect(describeQueues(held, 100_000)).toBe('Shop/Mail/Queue: 1 waiting, 2 in flight, visible again within 91 s');
});

test('a queue that the app does not name is shown by its URL', () => {
  expect(heldMessages(queuesOf(shown), [])[0]?.name).toBe(URL);
});

test('empty queues are not listed', () => {
  expect(describeQueues([], 0)).toBe('no queue holds a message');
});
