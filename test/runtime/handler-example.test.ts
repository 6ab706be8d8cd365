import { json, routes, worker } from '../../lambdas/runtime';

const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 10_000 };
const log = () => undefined;

test('a route answers', async () => {
  // The environment variable that synth sets. m: method, p: path, a: access.
  const environment = { BREAKWATER_ROUTES: JSON.stringify([{ m: 'GET', p: '/hello/{name}', a: ['anyone'] }]) };
  const handler = routes(
    { 'GET /hello/{name}': ({ params }) => json(200, { hello: params.name }) },
    { environment, log },
  );
  const event = {
    rawPath: '/hello/anna',
    headers: {},
    requestContext: { requestId: 'r-1', http: { method: 'GET' } },
  };
  const answer = await handler(event, context);
  expect([answer.statusCode, answer.body]).toEqual([200, '{"hello":"anna"}']);
});

test('only the failed message is reported to SQS', async () => {
  const record = (messageId: string, content: object) => ({
    messageId,
    receiptHandle: messageId,
    // The form of the relay's messages.
    body: JSON.stringify({ id: messageId, to: 'Labels', time: '2020-11-30T12:00:00.000Z', body: content }),
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:labels',
    attributes: { ApproximateReceiveCount: '1', SenderId: 'test' },
  });
  const handler = worker<{ parcelId?: string }>(
    ({ body }) => {
      if (body.parcelId === undefined) throw new Error('a label needs a parcel');
    },
    {},
    { log, environment: {} },
  );
  const result = await handler({ Records: [record('m-1', { parcelId: 'p-1' }), record('m-2', {})] }, context);
  expect(result.batchItemFailures).toEqual([{ itemIdentifier: 'm-2' }]);
});
