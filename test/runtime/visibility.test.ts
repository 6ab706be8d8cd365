import { SQSClient } from '@aws-sdk/client-sqs';
import { Connection } from '../../lambdas/runtime';
import { queueVisibility } from '../../lambdas/runtime/worker/visibility';

test('a message is asked for by its receipt, in its queue', async () => {
  const client = new SQSClient({ region: 'us-east-1' });
  const send = jest.spyOn(client, 'send').mockImplementation(async () => ({}));
  await queueVisibility('https://sqs.example/1/Payments', client).change('receipt', 40);
  expect(send.mock.calls[0]![0].input).toEqual({
    QueueUrl: 'https://sqs.example/1/Payments',
    ReceiptHandle: 'receipt',
    VisibilityTimeout: 40,
  });
});

test('the client of a function gives up on an attempt, and tries a bounded number of times', async () => {
  const { client } = await new Connection().load();
  expect(await client.config.maxAttempts()).toBe(3);
  client.destroy();
});
