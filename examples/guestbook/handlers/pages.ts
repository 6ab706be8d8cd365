import { type Caller, HttpError, json, routes, schema, table } from '../../../lambdas/runtime';

const entries = table('Entries');
const Entry = schema.object({ text: schema.string({ min: 1, max: 500 }) });

export const handler = routes({
  'GET /entries': async ({ caller }) => {
    const page = await entries.query({ author: personOf(caller) }, { limit: 20 });
    return json(200, { entries: page.items });
  },
  'POST /entries': {
    body: Entry, // a body of another form is refused with 422
    handle: async ({ body, caller }) => {
      const key = { author: personOf(caller), entryId: new Date().toISOString() };
      // The entry and its message are stored in one write.
      await entries.put({ ...key, text: body.text }, { outbox: [{ to: 'Thanks', body: key }] });
      return json(201, key);
    },
  },
});

/** Returns the caller's ID. It never throws here, because the routes allow only people. */
function personOf(caller: Caller): string {
  if (caller.kind !== 'person') throw new HttpError(403, 'access_denied', 'sign in first');
  return caller.id;
}
