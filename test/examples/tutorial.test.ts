import { stack } from '../../examples/guestbook/app';
import { person, testStack } from '../../testing';

test('an entry is stored, and its author is thanked', async () => {
  const app = await testStack(() => stack);
  const pages = await app.testModule('Guestbook/Guestbook/Pages', () =>
    require('../../examples/guestbook/handlers/pages'),
  );
  const thanks = await app.testWorker('Guestbook/Guestbook/Thanks', () =>
    require('../../examples/guestbook/handlers/thanks'),
  );

  const anna = person({ id: 'anna' });
  expect(await pages.post('/entries', { text: 'Hello' }, { caller: anna })).toMatchObject({ status: 201 });
  expect(await pages.post('/entries', { text: 'Hello' })).toMatchObject({ status: 401 });
  await app.relay(); // outbox -> queue -> worker
  expect(thanks.results).toMatchObject([{ outcome: 'done' }]);
  await app.close();
}, 60_000);
