import { adopt, type DeadLetter } from '../../lambdas/system/tick/adopt';
import { formatTrialReference, MAX_QUARANTINE_CONTENT_BYTES, type QuarantineEntry } from '../../lib/protocol';

const NOW = Date.UTC(2026, 10, 30, 12);

async function run(...letters: readonly Partial<DeadLetter>[]) {
  const batches = [letters.map((letter, i): DeadLetter => ({ ...LETTER, messageId: `m${i}`, ...letter })), []];
  const entries: QuarantineEntry[] = [];
  const tried: [QuarantineEntry, string][] = [];
  const removed: string[] = [];
  const queue = {
    name: 'dlq',
    receive: async () => batches.shift()!,
    remove: async ({ messageId }: DeadLetter) => void removed.push(messageId),
  };
  await adopt('Payments', queue, 0, {
    quarantine: {
      put: async (entry) => void entries.push(entry),
      putTried: async (entry, trial) => void tried.push([entry, trial]),
    },
    remainingMs: () => 1,
    now: () => NOW,
    log: () => undefined,
  });
  return { entries, tried, removed };
}

const LETTER: DeadLetter = {
  messageId: 'm',
  receipt: 'r',
  body: JSON.stringify({ id: 'id1', to: 'Payments', time: 't', body: {}, correlationId: 'c' }),
  sentAt: NOW - 1_000,
  receives: 1_000,
};

test('a dead letter becomes a held entry with its content, and is deleted', async () => {
  const { entries, removed } = await run({ group: 'g', sequence: '7' }, { body: 'no envelope' });
  expect(removed).toEqual(['m0', 'm1']);
  expect(entries).toMatchObject([
    {
      pk: 'held#Payments',
      sk: expect.stringMatching(/^g#2026-11-30T11:59:59.000Z#0+7#000$/),
      id: 'id1',
      content: LETTER.body,
      state: 'held',
      reason: 'dead-letter',
      fingerprint: 'dead-letter-Payments',
      receives: 1_000,
      group: 'g',
      correlationId: 'c',
    },
    { id: 'm1', content: 'no envelope' },
  ]);
});

test('a body that is too long stays in its queue, and is listed as such', async () => {
  const { entries, removed } = await run({ body: 'x'.repeat(MAX_QUARANTINE_CONTENT_BYTES + 1) });
  expect(removed).toEqual([]);
  expect(entries).toMatchObject([
    {
      content: '',
      fingerprint: 'long-dead-letter-Payments',
      error: expect.stringMatching(/358401 bytes.*in the queue dlq/),
    },
  ]);
});

test('the dead letter of a trial goes back to its entry', async () => {
  const { entries, tried, removed } = await run({ trial: formatTrialReference({ sk: 'place', trial: 't1' }) });
  expect([entries, removed]).toEqual([[], ['m0']]);
  expect(tried).toMatchObject([[{ sk: 'place', state: 'held', reason: 'dead-letter' }, 't1']]);
});
