import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { run } from '../../cli/redrive';
import { runDiscard } from '../../cli/redrive/discard';
import { RefusedError } from '../../cli/redrive/redrive-error';
import { discardText } from '../../cli/redrive/text';
import { runTrial } from '../../cli/redrive/trial';
import { DynamoDbEntries } from '../../lambdas/system/quarantine/dynamodb-entries';
import { DynamoDbQuarantine } from '../../lambdas/system/quarantine/dynamodb-quarantine';
import { redrive } from '../../lambdas/system/redrive/redrive';
import {
  entryToItem,
  heldKey,
  itemToEntry,
  positionKey,
  QUARANTINE_INDEXES,
  QUARANTINE_KEY,
  type QuarantineEntry,
  type RedriveRequest,
} from '../../lib/protocol';
import { DynamoStub } from '../runtime/dynamodb-stub';

/** The command against the real logic of the redrive function over a table in memory, by HTTP. */
const { byFingerprint } = QUARANTINE_INDEXES;
const PATH = /^\/2015-03-31\/functions\/Shop-redrive\/invocations\?Qualifier=(live|discard)$/;
const KNOWN = { ...process.env };

let stub: DynamoStub;
let server: Server;
let table: string;
let status: number;
/** Text of a refused call. */
let refusal: object;
/** Ends the trial of a message, as its worker does. */
let work: (entry: QuarantineEntry) => QuarantineEntry | undefined;
const out: string[] = [];
const err: string[] = [];
const sent: string[] = [];

const store = async (operation: string, input: object) => {
  await stub.answer({ operation, input: { TableName: table, ...input } as never });
};
const stored = () => stub.items(table).map((item) => itemToEntry(item));

async function answer(url: string, body: string): Promise<[number, unknown]> {
  if (status !== 200) return [status, refusal];
  if (url === '/') {
    const { Key } = JSON.parse(body) as { readonly Key: Readonly<Record<string, { readonly S: string }>> };
    return [200, { Item: stub.items(table).find((item) => item['sk']?.S === Key['sk']?.S) }];
  }
  const [, alias] = PATH.exec(url) ?? [];
  if (alias === undefined) return [404, { Message: `no function at ${url}` }];
  const result = await redrive(JSON.parse(body) as never, alias, {
    entries: new DynamoDbEntries(stub.clientTrying(1), table),
    send: async (entry) => {
      sent.push(entry.id);
      const end = work(entry);
      const Key = { pk: { S: entry.pk }, sk: { S: entry.sk } };
      await (end === undefined ? store('DeleteItem', { Key }) : store('PutItem', { Item: entryToItem(end) }));
      return undefined;
    },
    now: Date.now,
    newId: () => `t${sent.length}`,
    remainingMs: () => 60_000,
    log: () => undefined,
  });
  return [200, result];
}

beforeAll(async () => {
  stub = await DynamoStub.start();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk));
    request.on('end', async () => {
      const [code, result] = await answer(request.url!, body);
      response.writeHead(code).end(JSON.stringify(result));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  jest.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line));
  jest.spyOn(console, 'error').mockImplementation((line: string) => void err.push(line));
});
afterAll(async () => {
  jest.restoreAllMocks();
  process.env = KNOWN;
  server.close();
  await stub.stop();
});
beforeEach(async () => {
  status = 200;
  refusal = { Message: 'not allowed' };
  work = () => undefined;
  for (const list of [out, err, sent]) list.length = 0;
  table = `quarantine-${expect.getState().currentTestName}`;
  stub.createTable(table, {
    partitionKey: QUARANTINE_KEY.partition,
    sortKey: QUARANTINE_KEY.sort,
    indexes: { [byFingerprint.name]: { partitionKeys: [byFingerprint.partition], sortKeys: [byFingerprint.sort] } },
  });
  for (let i = 0; i < 13; i++) {
    const first = new Date(Date.now() - (13 - i) * 3_600_000).toISOString();
    const entry: QuarantineEntry = {
      pk: heldKey('Payments'),
      sk: positionKey({ lane: `m${i}`, time: first, sequence: '0', index: 0 }),
      id: `id${i}`,
      to: 'Payments',
      content: JSON.stringify({ id: `id${i}`, to: 'Payments', time: first, body: { orderId: `anne-${i}` } }),
      state: 'held',
      reason: 'gave-up',
      error: 'TypeError',
      fingerprint: 'f1',
      receives: 3,
      first,
      at: first,
    };
    await store('PutItem', { Item: entryToItem(entry) });
  }
});

const command = (...args: string[]) => run([...args, '--stack', 'Shop']);
const relapse = (entry: QuarantineEntry): QuarantineEntry => ({ ...entry, state: 'held', fingerprint: 'f2' });

test('lists the faults without values, as text and as JSON', async () => {
  expect(await command()).toBe(0);
  expect(out.join('\n')).toMatch(
    /^13 messages are held, with 1 fault\.[\s\S]*f1 {3}Payments: 13 held, from 13 h to 60 min ago/,
  );
  expect(out.join('\n')).toContain(
    'gave-up: it failed for longer than giveUpAfter (TypeError)\n  orderId: string of 6',
  );
  expect(out.join('\n')).not.toContain('anne');
  expect(await command('--json')).toBe(0);
  expect(JSON.parse(out.at(-1)!)).toMatchObject({ faults: [{ fingerprint: 'f1', held: 13 }] });
});

test('a fault that needs a decision says how to decide', async () => {
  const [one] = stub.items(table);
  await store('PutItem', { Item: { ...one, reason: { S: 'half-way' }, fingerprint: { S: 'f2' } } });
  expect(await command('f2')).toBe(0);
  expect(out[0]).toMatch(
    /Payments: 1 held, from 13 h ago\n {2}half-way: [\s\S]*If it did, use '--done --id ID', otherwise '--again --id ID'\./,
  );
});

test('sends one, then all', async () => {
  expect(await command('f1', '--try', '1')).toBe(0);
  expect(sent).toEqual(['id0']);
  expect(out.at(-1)).toBe('1 done, 0 held again, 0 not sent, 0 on trial, 12 left.');
  expect(await command('f1', '--try', 'all')).toBe(0);
  expect(out.slice(1)).toEqual(expect.arrayContaining(['sent 1, 11 left', 'sent 10, 1 left', 'sent 1, 0 left']));
  expect(stored()).toEqual([]);
}, 30_000);

test('stops at a relapse with exit code 3, and names the new fault', async () => {
  work = (entry) => (entry.id === 'id1' ? relapse(entry) : undefined);
  expect(await command('f1', '--try', 'all')).toBe(3);
  expect(sent).toHaveLength(11);
  expect(out.at(-1)).toMatch(
    /^id1 failed again: gave-up: .* Its fingerprint is f2\.\n10 done, 1 held again.* 2 left\.$/,
  );
}, 30_000);

test('says which messages are still on trial, with exit code 4', async () => {
  work = (entry) => entry;
  expect(await command('f1', '--try', '1', '--wait', '0', '--json')).toBe(4);
  expect(JSON.parse(out.at(-1)!)).toMatchObject({ done: 0, pending: ['id0'], left: 12 });
});

test('a decision goes to one message, with its id', async () => {
  work = (entry) => entry;
  expect(await command('f1', '--done', '--id', 'id7', '--wait', '0')).toBe(4);
  expect(stored().filter(({ decision }) => decision === 'done')).toMatchObject([{ id: 'id7' }]);
});

test('shows the oldest ten messages with their values, and discards one', async () => {
  expect(await command('f1', '--show')).toBe(0);
  expect(out[0]).toMatch(/^id0 to Payments, received 3 times since .*\n\{[\s\S]*"orderId": "anne-0"/);
  expect(out[0]).not.toContain('anne-10');
  expect(await command('f1', '--discard', 'a test order', '--id', 'id3')).toBe(0);
  expect(out.at(-1)).toBe('1 discarded.');
  expect(stored().map(({ id }) => id)).not.toContain('id3');
});

/** An entry like the others, put after the command has begun. */
async function arrive(id: string): Promise<void> {
  const at = new Date(Date.now() + 3_600_000).toISOString();
  const [one] = stub.items(table);
  const sk = positionKey({ lane: id, time: at, sequence: '0', index: 0 });
  await store('PutItem', { Item: { ...one, sk: { S: sk }, id: { S: id }, at: { S: at }, first: { S: at } } });
}

test('sends and discards no messages that are held after it has begun, so that it ends', async () => {
  let arrived = 0;
  work = (entry) => {
    void arrive(`new${arrived++}`);
    return entry.id.startsWith('new') ? entry : undefined;
  };
  await arrive('new');
  expect(await command('f1', '--try', 'all')).toBe(0);
  expect(sent).toHaveLength(13);
  expect(out.at(-1)).toBe('13 done, 0 held again, 0 not sent, 0 on trial, 0 left.');
}, 30_000);

test('a trial and a discard end if requests find nothing to do', async () => {
  const asked: RedriveRequest[] = [];
  const ask = async <T>(request: RedriveRequest) => {
    asked.push(request);
    return { tried: [], discarded: 0, left: 5, asOf: 'a' } as T;
  };
  const dependencies = { ask, now: () => 0, sleep: async () => undefined, report: () => undefined };
  const selection = { fingerprint: 'f1' };
  const trial = await runTrial({ selection, size: 'all', waitMs: 0 }, dependencies);
  expect(trial).toMatchObject({ done: 0, left: 5 });
  expect(asked.splice(0)).toHaveLength(10);
  const discard = await runDiscard(selection, 'a test', dependencies);
  expect([discard, asked.length]).toEqual([{ discarded: 0, left: 5 }, 10]);
  expect(discardText(discard)).toBe('0 discarded, 5 left: other commands may be changing them. Run the command again.');
});

test('a discard whose last messages are gone before its next request is no failure', async () => {
  const answers = [{ discarded: 3, left: 2, asOf: 'a' }];
  const ask = async <T>() => {
    const answer = answers.shift();
    if (answer === undefined) throw new RefusedError('no held message');
    return answer as T;
  };
  const end = runDiscard({ fingerprint: 'f1' }, 'a test', { ask, sleep: async () => undefined });
  expect(await end).toEqual({ discarded: 3, left: 0 });
});

test('shows what waits, and characters of senders don’t control the terminal', async () => {
  const [one] = stub.items(table);
  const quarantine = new DynamoDbQuarantine(stub.clientTrying(1), () => table);
  const { fingerprint, reason, ...message } = itemToEntry(one!);
  await quarantine.put({ ...message, pk: 'waiting#Mail', to: 'Mail', state: 'waiting' });
  await store('PutItem', { Item: { ...one, error: { S: 'Error\u001b[2J' } } });
  expect(await command()).toBe(0);
  expect(out[0]).toMatch(/wait\. The tick sends them.*\n {2}Mail: 1, the oldest from 13 h ago\n\nCorrect the cause/);
  expect(out[0]).toContain('(Error?[2J)');
});

test.each([
  [['f9', '--try', '1'], 1, /no held message has the fingerprint 'f9'/],
  [['f9'], 1, /No held message has the fingerprint 'f9'/],
  [['--try', '1'], 2, /needs the FINGERPRINT of a fault/],
  [['f1', '--try', '2'], 2, /needs --try 1, 10 or all, got '2'/],
  [['f1', '--done', '--again'], 2, /one of --show, --done, --again and --discard, got --done and --again/],
  [['f1', '--show', '--try', '1'], 2, /--try or --show, got both/],
  [['f1', '--discard', ' '], 2, /a reason after --discard/],
  [['f1', '--wait', 'x'], 2, /--wait in seconds/],
  [['f1', '--id', 'id1'], 2, /--discard together with --id, got none/],
  [['--drop'], 2, /Unknown option '--drop'[\s\S]*usage:/],
] as const)('%j is refused', async (args, code, text) => {
  expect(await command(...args)).toBe(code);
  expect(err.join('\n')).toMatch(text);
  expect(sent).toEqual([]);
});

test('says which right, function, stack or credentials are missing', async () => {
  expect(await run([])).toBe(2);
  expect(err.at(-1)).toMatch(/needs --stack NAME/);
  expect(await run(['--stack', 'Other'])).toBe(2);
  expect(err.at(-1)).toMatch(
    /The stack 'Other' must have the function 'Other-redrive' with the alias 'live' in us-east-1, got none/,
  );
  status = 403;
  expect(await command()).toBe(2);
  expect(err.at(-1)).toMatch(/must allow lambda:InvokeFunction on 'Shop-redrive:live'\. Quarantine\.grantRedrive\(\)/);
  expect(await command('f1', '--discard', 'x')).toBe(2);
  expect(err.at(-1)).toMatch(/InvokeFunction on 'Shop-redrive:discard'\. Quarantine\.grantDiscard\(\) gives the right/);
  refusal = { __type: 'ExpiredTokenException', message: 'the token has expired' };
  expect(await command()).toBe(2);
  expect(err.at(-1)).toMatch(/must accept the credentials, got: the token has expired\. Sign in again/);
  const { AWS_ACCESS_KEY_ID: id, AWS_ENDPOINT_URL: url } = process.env;
  delete process.env['AWS_ACCESS_KEY_ID'];
  expect(await command()).toBe(2);
  expect(err.at(-1)).toMatch(/needs AWS credentials, got none/);
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: id, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
  expect(await command()).toBe(2);
  expect(err.at(-1)).toMatch(/AWS can't be reached at http:\/\/127\.0\.0\.1:1/);
  process.env['AWS_ENDPOINT_URL'] = url;
});
