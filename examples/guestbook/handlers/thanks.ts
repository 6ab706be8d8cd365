import { table, worker } from '../../../lambdas/runtime';

const entries = table('Entries');

/** Thanks the author of an entry. If the handler throws, SQS redelivers the message. */
export const handler = worker(async (message) => {
  const { author, entryId } = message.body as { author: string; entryId: string };
  const entry = await entries.get({ author, entryId });
  if (entry !== undefined) console.log(JSON.stringify({ thanks: entryId }));
});
