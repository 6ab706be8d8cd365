import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { type Peers, peers } from '../coldstart/peers';
import { type Bench, round } from '../measure';
import { type Candidate, clientOf, HandlerProcess, MODES } from './candidates';
import { crashOf } from './crashes';
import { DynamoDbLocal } from './dynamodb-local';
import { heapOf } from './memory';
import { BATCH, eventsOf, putMap } from './orders';
import { report, type Times, type UsagePerMessage } from './report';
import { Stub } from './service';
import { TABLES } from './tables';
import { type Contender, type Rounds, timesOf } from './timing';

/** Candidates that call a partner without keys, for which crashes are counted. */
const CRASHING: readonly Candidate[] = ['byhand', 'powertools', 'again', 'ask', 'hold'];

/**
 * A batch of ten messages. Each sets another order to `paid`. All handlers parse the message, log
 * one line, and report failed messages. Only `once()` and Powertools know repeated messages.
 */
export const workersBench: Bench = {
  description: 'a batch of ten messages: once() in each mode, compared with Powertools and a loop written by hand',
  async run({ quick }) {
    const installed = await peers();
    const isThere = (name: Candidate) => installed.modules !== undefined || name !== 'powertools';
    const names = (['byhand', 'powertools', ...MODES] as const).filter(isThere);
    const stub = await Stub.start();
    try {
      const { times, usage } = await onStub(names, installed, stub, { warm: 2, rounds: quick ? 8 : 16, batches: 10 });
      const local = await onLocal(names, installed, { warm: 1, rounds: quick ? 2 : 4, batches: 3 });
      const crashes = await Promise.all(
        CRASHING.filter(isThere).map(async (name) => [name, await crashOf(name, installed, stub)] as const),
      );
      const heaps = await heapOf(installed, stub, 10, quick ? 500 : 10_000);
      return report({ names, times, usage, local, heaps, crashes: new Map(crashes), missing: installed.missing });
    } finally {
      HandlerProcess.killAll();
      stub.kill();
    }
  },
};

/**
 * Measures times, calls and write units on the stub. Then it delivers all messages of the last
 * round again.
 */
async function onStub(names: readonly Candidate[], installed: Peers, stub: Stub, rounds: Rounds) {
  const contenders = await started(names, installed, stub.url);
  try {
    const times = await timesOf(contenders, rounds);
    const messages = (rounds.warm + rounds.rounds) * rounds.batches * BATCH;
    const usage = new Map<Candidate, UsagePerMessage>();
    for (const { name, process } of contenders) {
      const first = (await stub.ask(name)).usage!;
      const again = eventsOf(messages - BATCH, 1, 2);
      await process.run({ events: again });
      const second = (await stub.ask(name)).usage!;
      usage.set(name, {
        calls: round(first.calls / messages, 2),
        units: round(first.writeUnits / messages, 2),
        unitsOfDuplicate: round(second.writeUnits / BATCH, 2),
      });
    }
    return { times, usage };
  } finally {
    for (const { process } of contenders) process.kill();
  }
}

/** Times on DynamoDB Local. @returns the reason if it can't run here */
async function onLocal(names: readonly Candidate[], installed: Peers, rounds: Rounds): Promise<Times | string> {
  let local: DynamoDbLocal;
  try {
    local = await DynamoDbLocal.start();
  } catch (error) {
    return `DynamoDB Local: ${(error as Error).message.slice(0, 200)}`;
  }
  const contenders: Contender[] = [];
  try {
    contenders.push(...(await started(names, installed, local.url, true)));
    return await timesOf(contenders, rounds);
  } finally {
    for (const { process } of contenders) process.kill();
    local.kill();
  }
}

async function started(names: readonly Candidate[], installed: Peers, url: string, isEmpty = false) {
  const contenders: Contender[] = [];
  for (const name of names) {
    const client = clientOf(url, name);
    if (isEmpty) for (const table of TABLES) await client.send(new CreateTableCommand(table));
    await putMap(client);
    contenders.push({ name, client, process: await HandlerProcess.start(name, installed, url) });
  }
  return contenders;
}
