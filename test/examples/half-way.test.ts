import { type TestStack, type TestWorker, testStack } from '../../testing';

const KEY = { customerId: 'anna', orderId: '1' };

let app: TestStack;
let payments: TestWorker;
let letters: TestWorker;
beforeAll(async () => {
  app = await testStack(async () => (await import('../../examples/half-way/app')).stack);
  payments = await app.testWorker('HalfWay/Payments', () => import('../../examples/half-way/handlers/payments'));
  await app.testWorker('HalfWay/Parcels', () => import('../../examples/half-way/handlers/parcels'));
  letters = await app.testWorker('HalfWay/Letters', () => import('../../examples/half-way/handlers/letters'));
}, 60_000);
afterAll(() => app.close());

/** Calls of the partners, and the answers to some of them. */
const calls: string[] = [];
const answers = new Map<string, () => Response>();

beforeEach(() => {
  app.reset();
  calls.splice(0);
  answers.clear();
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (url, { method = 'GET' } = {}) => {
    const call = `${method} ${String(url).replace('https://partners.example', '')}`;
    calls.push(call);
    return answers.get(call)?.() ?? new Response(method === 'GET' ? '[]' : 'reference');
  });
});
afterEach(() => jest.restoreAllMocks());

const place = (status: string) => app.table('Orders').put({ ...KEY, status, total: '1.00', parcel: 'P1' });
const status = () => app.table('Orders').items()[0]!['status'];

test('each step is done once, although every message is delivered twice', async () => {
  place('placed');
  payments.send({ body: KEY });
  await app.relayAll({ copies: 2 });
  expect(status()).toBe('complete');
  expect([...new Set(calls)]).toEqual(['POST /charges/1', 'POST /parcels', 'POST /letters']);
  // The partner for payments knows keys. The others got each call once.
  expect(calls.filter((call) => call !== 'POST /charges/1')).toHaveLength(2);
});

test('a call that a partner refused is made again, and a call without an answer is not', async () => {
  place('sent');
  answers.set('POST /letters', () => new Response('busy', { status: 429 }));
  const [refused] = await letters.deliver({ body: KEY });
  expect(refused).toMatchObject({ outcome: 'failed', reason: 'NotDone: the partner refused the call: 429' });
  answers.set('POST /letters', () => new Response('oops', { status: 500 }));
  await letters.deliver();
  expect(letters.held).toMatchObject([{ reason: 'half-way', body: KEY }]);
  answers.clear();
  await letters.deliver({ body: KEY });
  expect([calls, status()]).toEqual([['POST /letters', 'POST /letters'], 'sent']);
});
