import { MemoryServer } from '../../testing/aws/memory-server';
import { Account, accountOf, type Usage } from './accounts';
import { Partner } from './partner';

/** Answer of the stub to a message of the bench. */
export interface StubAnswer {
  readonly account: string;
  readonly usage?: Usage;
  readonly charges: Record<string, number>;
}

/**
 * Runs the stub of DynamoDB and the partner in a process of its own, so that their CPU time isn't
 * counted for the handlers. A message with the name of an account returns its usage, and resets it.
 */
const accounts = new Map<string, Account>();
const partner = new Partner((account) => process.send?.({ crash: account }));

MemoryServer.start(async (request) => {
  if (request.path.startsWith('/partner/')) return partner.answer(request);
  // A worker may change the visibility of messages. Nothing depends on the answer.
  if (String(request.headers['x-amz-target']).startsWith('AmazonSQS.')) return { status: 200, body: '{}' };
  const name = accountOf(request);
  const account = accounts.get(name) ?? new Account();
  accounts.set(name, account);
  return account.answer(request);
}).then(
  ({ endpoint }) => process.send?.({ url: endpoint }),
  () => process.exit(1),
);

process.on('message', ({ account: name, crashAfter }: { account: string; crashAfter?: number }) => {
  partner.crashAfter(name, crashAfter);
  const account = accounts.get(name);
  const answer: StubAnswer = {
    account: name,
    ...(account === undefined ? {} : { usage: account.usage }),
    charges: partner.chargesOf(name),
  };
  if (account !== undefined) account.usage = { calls: 0, writeUnits: 0 };
  process.send?.(answer);
});
process.on('disconnect', () => process.exit(0));
