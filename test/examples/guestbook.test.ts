import { person, type TestModule, type TestStack, type TestWorker, testStack } from '../../testing';

const ANNA = person({ id: 'anna' });

let stack: TestStack;
let pages: TestModule;
let thanks: TestWorker;
beforeAll(async () => {
  stack = await testStack(async () => (await import('../../examples/guestbook/app')).stack);
  pages = await stack.testModule('Guestbook/Guestbook/Pages', () => import('../../examples/guestbook/handlers/pages'));
  thanks = await stack.testWorker(
    'Guestbook/Guestbook/Thanks',
    () => import('../../examples/guestbook/handlers/thanks'),
  );
}, 60_000);
beforeEach(() => stack.reset());
afterAll(() => stack.close());

test('an entry is stored, listed and thanked for', async () => {
  const posted = await pages.post('/entries', { text: 'Hello' }, { caller: ANNA });
  expect(posted).toMatchObject({ status: 201, body: { author: 'anna' } });
  expect(stack.table('Entries').items()).toMatchObject([{ author: 'anna', text: 'Hello' }]);

  const listed = await pages.get('/entries', { caller: ANNA });
  expect(listed.body).toMatchObject({ entries: [{ text: 'Hello' }] });

  await stack.relay(); // outbox -> queue -> worker
  expect(thanks.results).toMatchObject([{ outcome: 'done', body: posted.body }]);
});

test('the edge refuses requests without a token, and the module refuses invalid bodies', async () => {
  expect(await pages.get('/entries')).toMatchObject({ status: 401, refusedBy: 'viewer function' });
  const empty = await pages.post('/entries', { text: '' }, { caller: ANNA });
  expect(empty).toMatchObject({ status: 422, body: { error: { code: 'invalid_body' } } });
});

test('a write that fails three times is answered with 503', async () => {
  stack.table('Entries').fail('PutItem', 'InternalServerError', 3);
  expect((await pages.post('/entries', { text: 'Hello' }, { caller: ANNA })).status).toBe(503);
});
