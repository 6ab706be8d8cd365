import { stack } from '../../examples/guestbook/app';
import { person, testStack } from '../../testing';

test('an entry is stored, listed and thanked for', async () => {
  const app = await testStack(() => stack);
  const pages = await app.testModule('Guestbook/Guestbook/Pages', () =>
    require('../../examples/guestbook/handlers/pages'),
  );
  const thanks = await app.testWorker('Guestbook/Guestbook/Thanks', () =>
    require('../../examples/guestbook/handlers/thanks'),
  );
  const anna = person({ id: 'anna' });

  expect((await pages.get('/entries')).status).toBe(401); // without a token
  const posted = await pages.post('/entries', { text: 'Hello' }, { caller: anna });
  expect(posted.status).toBe(201);
  const listed = await pages.get('/entries', { caller: anna });
  expect(listed.body).toMatchObject({ entries: [{ text: 'Hello' }] });

  await app.relay(); // outbox -> queue -> worker
  expect(thanks.results).toMatchObject([{ outcome: 'done', body: posted.body }]);
  await app.close();
}, 60_000);
