import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const before = globalThis.fetch;
let server: Server;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(String(request.url));
    response.end('refund-1');
  }).listen();
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  globalThis.fetch = (url, init) =>
    before(String(url).replace('https://partners.example', `http://127.0.0.1:${port}`), init);
});

afterAll(() => {
  globalThis.fetch = before;
  server.close();
});

test('the example of the page on logs writes its line, the line of its message, and one line of metrics a batch', async () => {
  const { handler } = await import('../../examples/half-way/handlers/refunds');
  const record = (orderId: string) => ({
    messageId: orderId,
    receiptHandle: orderId,
    body: JSON.stringify({
      id: orderId,
      to: 'Refunds',
      time: '2020-11-30T12:00:00Z',
      correlationId: `r-${orderId}`,
      body: { orderId, amount: '5.00' },
    }),
    eventSourceARN: 'arn:aws:sqs:us-east-1:1:Q',
    attributes: { ApproximateReceiveCount: '1', SenderId: 'relay' },
  });
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const event = { Records: [record('a'), record('b')] };
    await handler(event, { awsRequestId: 'lambda-1', getRemainingTimeInMillis: () => 9_000 });
    const lines = write.mock.calls.map(([text]) => JSON.parse(String(text)));
    expect(asked.sort()).toEqual(['/refunds/a', '/refunds/b']);
    for (const orderId of ['a', 'b']) {
      const ofOrder = lines.filter((line) => line.correlation_id === `r-${orderId}`);
      expect(ofOrder).toMatchObject([
        { message: 'order refunded', orderId },
        { message: 'message', outcome: 'done' },
      ]);
    }
    expect(lines.filter((line) => '_aws' in line)).toMatchObject([
      { message: 'metrics', partner: 'acme', Refunds: [1, 1], PartnerTime: [expect.any(Number), expect.any(Number)] },
    ]);
  } finally {
    write.mockRestore();
  }
});
