import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signedFetch } from '../../../lambdas/runtime';

const entries = `${process.env['BREAKWATER_URL']}/entries`;
const authorization = `Bearer ${process.env['BREAKWATER_TOKEN']}`;

test('an entry goes through the edge into the table', async () => {
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify({ text: 'Hello' });
  const posted = await signedFetch(entries, { method: 'POST', headers, body });
  assert.equal(posted.status, 201);

  const listed = await fetch(entries, { headers: { authorization } });
  const page = (await listed.json()) as { entries: { text: string }[] };
  assert.deepEqual(
    page.entries.map(({ text }) => text),
    ['Hello'],
  );

  assert.equal((await fetch(entries)).status, 401); // without a token
});
