import { once, type S3Record, schema, worker } from '../../../lambdas/runtime';
import type { QueueRecord } from '../../../lambdas/runtime/worker/records';
import { s3Message, snsMessage } from '../../../testing';
import { KEY, OrdersFixture } from './orders-fixture';

let fixture: OrdersFixture;
beforeAll(async () => {
  fixture = await OrdersFixture.start();
});
afterAll(() => fixture.stop());
beforeEach(() => fixture.reset());

const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 30_000 };
const record = (body: string, messageId = 'm1'): QueueRecord => ({
  messageId,
  receiptHandle: messageId,
  body,
  eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:jobs',
  attributes: { ApproximateReceiveCount: '1', SenderId: 'AIDAI', SentTimestamp: '1000' },
});
const dependencies = (form: string) => ({
  log: () => undefined,
  environment: { BREAKWATER_NAME: 'Jobs', BREAKWATER_MESSAGE_FORM: form },
});

test('an SNS message that SNS and SQS deliver twice takes effect once', async () => {
  const handler = worker(
    once(fixture.orders(), 'count', {}, () => ({ add: { count: 1 } })),
    {},
    dependencies('sns'),
  );
  const text = snsMessage(KEY).text!;
  for (const id of ['m1', 'm1', 'm2']) await handler({ Records: [record(text, id)] }, context);
  expect(await fixture.stored()).toMatchObject({ count: 1 });
});

test('records of an S3 message that is retried because of a later record take effect once', async () => {
  const other = { ...KEY, orderId: 'other' };
  await fixture.orders().put(other);
  const keyOfRecord = schema.from((value) => {
    const [, orderId = ''] = (value as S3Record).s3.object.key.split('/');
    return { value: { ...KEY, orderId } };
  });
  let failures = 1;
  const count = once(fixture.orders(), 'count', { halfWay: 'again' }, async ({ orderId }) => {
    if (orderId === 'other' && failures-- > 0) throw new Error('partner is down');
    return { add: { count: 1 } };
  });
  const handler = worker(count, { schema: keyOfRecord }, dependencies('s3'));
  const text = s3Message({ key: `in/${KEY.orderId}` }, { key: 'in/other' }).text!;
  const results = [];
  for (const _ of 'abc') results.push(await handler({ Records: [record(text)] }, context));
  expect(results.map(({ batchItemFailures }) => batchItemFailures.length)).toEqual([1, 0, 0]);
  expect([await fixture.stored(), await fixture.orders().get(other)]).toMatchObject([{ count: 1 }, { count: 1 }]);
});
