import { type AddressInfo, createServer, type Socket } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Connection } from '../../lambdas/runtime';
import { sourceQueue } from '../../lambdas/runtime/worker/source-queue';

test('a message is asked for by its receipt, in its queue, as long as somebody waits', async () => {
  const client = new SQSClient({ region: 'us-east-1' });
  const send = jest.spyOn(client, 'send').mockImplementation(async () => ({}));
  const { signal } = new AbortController();
  await sourceQueue('https://sqs.example/1/Payments', client).changeVisibility('receipt', 40, signal);
  expect(send.mock.calls[0]![0].input).toEqual({
    QueueUrl: 'https://sqs.example/1/Payments',
    ReceiptHandle: 'receipt',
    VisibilityTimeout: 40,
  });
  expect(send.mock.calls[0]![1]).toEqual({ abortSignal: signal });
});

test('the client of a function sends one request a call, because each attempt has its own stamp and map', async () => {
  const { client } = await new Connection().load();
  expect(await client.config.maxAttempts()).toBe(1);
  client.destroy();
});

test('a queue that takes the call and never answers is given up on', async () => {
  let calls = 0;
  const sockets: Socket[] = [];
  const silent = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', () => calls++);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const environment = { ...process.env };
  // The SDK remarks that this queue is no AWS one.
  const remark = jest.spyOn(console, 'warn').mockImplementation();
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' });
  try {
    const { port } = silent.address() as AddressInfo;
    const queue = sourceQueue(`http://127.0.0.1:${port}/1/Payments`);
    await expect(queue.changeVisibility('receipt', 40)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(calls).toBeGreaterThanOrEqual(2);
    const { sqs } = (await queue.preload!()) as { readonly sqs: SQSClient };
    expect(await sqs.config.maxAttempts()).toBe(2);
    sqs.destroy();
  } finally {
    process.env = environment;
    remark.mockRestore();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  }
  // The attempts take two seconds, and more on a busy machine.
}, 30_000);
