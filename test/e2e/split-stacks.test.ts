import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { OUTBOX_ATTRIBUTE, VERSION_ATTRIBUTE } from '../../lib/protocol';
import { LOCAL_REGION } from '../../local/cloud';
import type { RunningStack } from '../../local/deploy';
import { readQuarantine } from '../../local/quarantine';
import type { CloudApi, JsonObject } from '../../testing';
import { DeployedApp, physicalId } from './deployed-app';
import { PROJECT_ROOT } from './project-root';

/**
 * The example of split stacks on the local AWS emulator: messages of one table through two relays in two stacks, and direct ones
 * from another stack and from a sibling nested stack. `launch.ts` starts it with a certificate that this process trusts.
 */

const PARCEL = 'P1';
const BODY = '{}';
/** For messages that shouldn't come: a second relay would have sent them with the first. */
const SETTLE_MS = 1_500;
const DEADLINE_MS = 90_000;
/** Age of a claim from which a decision applies to it, and the time until the claim is made. */
const CLAIM_AGE_MS = 5_000 + 3_000;

let app: DeployedApp;
let api: CloudApi;
let stacks: readonly RunningStack[];

beforeAll(async () => {
  app = await DeployedApp.start('split', 'test', 'e2e', 'parcels-app', 'app.ts');
  ({ api, stacks } = app);
});

afterAll(() => app?.stop());

/** A parcel as its shard stores it. */
async function stored(parcelId: string): Promise<{ readonly shard: string; readonly item: JsonObject } | undefined> {
  const shards = stacks
    .flatMap(({ resources }) => resources)
    .filter((one) => one.type === 'AWS::DynamoDB::Table' && /^ParcelsShard/.test(one.logicalId));
  const found = await Promise.all(
    shards.map(async ({ physicalId: TableName }) => {
      const request = { TableName, Key: { parcelId: { S: parcelId } }, ConsistentRead: true };
      const { Item: item } = await api.json('dynamodb', 'DynamoDB_20120810.GetItem', request);
      return item === undefined ? [] : [{ shard: TableName, item: item as JsonObject }];
    }),
  );
  return found.flat()[0];
}

async function itemOf(parcelId: string): Promise<JsonObject> {
  return (await stored(parcelId))?.item ?? {};
}

async function parcel(parcelId = PARCEL): Promise<Record<string, number>> {
  const item = await itemOf(parcelId);
  const numbers = Object.entries(item).map(([name, value]) => [name, Number((value as JsonObject)['N'])] as const);
  return Object.fromEntries(numbers.filter(([, value]) => !Number.isNaN(value)));
}

/** Sets attributes of a parcel, as a writer does that doesn't use the library. */
async function update(parcelId: string, attributes: JsonObject): Promise<void> {
  const names = Object.keys(attributes);
  await api.json('dynamodb', 'DynamoDB_20120810.UpdateItem', {
    TableName: (await stored(parcelId))!.shard,
    Key: { parcelId: { S: parcelId } },
    UpdateExpression: `SET ${names.map((_, i) => `#${i} = :${i}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#${i}`, name])),
    ExpressionAttributeValues: Object.fromEntries(names.map((name, i) => [`:${i}`, attributes[name]!])),
  });
}

/** Attributes of an item with one message of a group for each parcel. */
function stampsFor(ids: readonly string[]): JsonObject {
  const messages = ids.map((parcelId) => ({ id: `stamp-${parcelId}`, to: 'Stamps', group: 'g', body: { parcelId } }));
  return { [OUTBOX_ATTRIBUTE]: { S: JSON.stringify(messages) }, [VERSION_ATTRIBUTE]: { S: 'of the test' } };
}

/** Sends a parcel through the edge's module. */
async function send(parcelId: string): Promise<void> {
  const event = {
    version: '2.0',
    rawPath: `/parcels/${parcelId}`,
    rawQueryString: '',
    headers: {
      'content-type': 'application/json',
      'x-amz-content-sha256': createHash('sha256').update(BODY).digest('hex'),
    },
    body: BODY,
    requestContext: { requestId: 'r1', http: { method: 'PUT', path: `/parcels/${parcelId}` } },
    isBase64Encoded: false,
  };
  const name = app.physicalId('AWS::Lambda::Function', /^IntakeFunction/);
  const where = `/2015-03-31/functions/${name}/invocations?Qualifier=live`;
  const answer = await (await api.rest('lambda', 'POST', where, JSON.stringify(event))).json();
  expect(answer).toMatchObject({ statusCode: 202, body: JSON.stringify({ parcelId: parcelId }) });
}

test('each message is delivered once, from three stacks and a sibling nested stack', async () => {
  await send(PARCEL);
  // One label by the outbox, one because of the reprint, one sent by the module itself.
  const expected = { printed: 3, archived: 1 };
  await until(async () => {
    const { printed = 0, archived = 0 } = await parcel();
    return printed >= expected.printed && archived >= expected.archived;
  });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  expect(await parcel()).toMatchObject(expected);
});

test('no quarantine has a message: each relay leaves the other’s targets to it', async () => {
  const withQuarantine = stacks.filter(({ resources }) =>
    resources.some(({ type, logicalId }) => type === 'AWS::DynamoDB::Table' && /^BreakwaterQuarantine/.test(logicalId)),
  );
  expect(withQuarantine).toHaveLength(2);
  for (const { resources } of withQuarantine) expect(await readQuarantine(api, resources, Date.now())).toEqual([]);
});

test('a message waits while its queue refuses it, and the tick sends it later', async () => {
  const home = stacks.find(({ name }) => name === 'ParcelsData')!;
  const find = (type: string, logicalId: RegExp) => physicalId(home.resources, type, logicalId);
  const queue = find('AWS::SQS::Queue', /^ArchiveQueue/);
  const attributes = (call: string, input: JsonObject) =>
    api.json('sqs', `AmazonSQS.${call}QueueAttributes`, { QueueUrl: queue, ...input });
  const before = (await attributes('Get', { AttributeNames: ['Policy'] })) as { Attributes: { Policy: string } };
  // The emulator authorizes a batch call as an action of its own.
  const Action = ['sqs:SendMessage', 'sqs:SendMessageBatch'];
  const Statement = [{ Effect: 'Deny', Principal: '*', Action, Resource: '*' }];
  await attributes('Set', { Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) } });

  await send('P2');
  const waiting = () => readQuarantine(api, home.resources, Date.now());
  await until(async () => (await waiting()).length > 0);
  expect(await waiting()).toMatchObject([{ target: 'Archive', waits: true, count: 1 }]);

  await attributes('Set', { Attributes: before.Attributes });
  const tick = find('AWS::Lambda::Function', /^BreakwaterQuarantineTick/);
  const answer = await api.rest(
    'lambda',
    'POST',
    `/2015-03-31/functions/${tick}/invocations?Qualifier=live`,
    '{"now":true}',
  );
  expect(answer.headers.get('x-amz-function-error')).toBeNull();
  expect(await waiting()).toEqual([]);
  await until(async () => (await parcel('P2'))['archived'] === 1);
});

test('dead letters are adopted, and a person sends them again: a relapse stops, and after the fault is mended all are done', async () => {
  const home = stacks.find(({ name }) => name === 'ParcelsData')!;
  const find = (type: string, logicalId: RegExp) => physicalId(home.resources, type, logicalId);
  const queue = find('AWS::SQS::Queue', /^ArchiveQueue/);
  const read = async (QueueUrl: string, name: string) => {
    const input = { QueueUrl, AttributeNames: [name] };
    const { Attributes } = (await api.json('sqs', 'AmazonSQS.GetQueueAttributes', input)) as JsonObject;
    return (Attributes as Record<string, string>)[name]!;
  };
  const { deadLetterTargetArn } = JSON.parse(await read(queue, 'RedrivePolicy')) as Record<string, string>;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
  await api.json('sqs', 'AmazonSQS.SetQueueAttributes', { QueueUrl: queue, Attributes: { RedrivePolicy } });
  const role = { RoleName: find('AWS::IAM::Role', /^ArchiveFunctionRole/), PolicyName: 'outage' };
  const Statement = [{ Effect: 'Deny', Action: 'dynamodb:UpdateItem', Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await api.query('iam', '2010-05-08', 'PutRolePolicy', { ...role, PolicyDocument });

  const tick = find('AWS::Lambda::Function', /^BreakwaterQuarantineTick/);
  for (const id of ['P3', 'P4']) await send(id);
  await until(async () => {
    await api.rest('lambda', 'POST', `/2015-03-31/functions/${tick}/invocations?Qualifier=live`, '{"now":true}');
    const held = (await readQuarantine(api, home.resources, Date.now())).find(({ target }) => target === 'Archive');
    return held?.count === 2;
  });
  const fault = { fingerprint: 'dead-letter-Archive', reason: 'dead-letter', held: 2, body: ['parcelId: string of 2'] };
  expect(faults()).toMatchObject([fault]);

  const relapse = redrive('dead-letter-Archive', '--try', 'all');
  expect(relapse).toMatchObject({ status: 3, result: { done: 0, left: 1, relapsed: [{ reason: 'gave-up' }] } });
  const { fingerprint } = (relapse.result!['relapsed'] as readonly JsonObject[])[0]!;

  await api.query('iam', '2010-05-08', 'DeleteRolePolicy', role);
  expect(redrive(String(fingerprint), '--try', '1')).toMatchObject({ status: 0, result: { done: 1, left: 0 } });
  expect(redrive('dead-letter-Archive', '--try', 'all')).toMatchObject({ status: 0, result: { done: 1, left: 0 } });
  expect(faults()).toEqual([]);
  for (const id of ['P3', 'P4']) expect(await parcel(id)).toMatchObject({ archived: 1 });
});

test('messages of a group that ended half-way are shown, settled with --done, run --again, and discarded', async () => {
  const ids = ['P5', 'P6', 'P7'];
  for (const id of ids) await send(id);
  const began = Date.now();
  for (const id of ids) await update(id, { isStuck: { BOOL: true } });
  await update('P5', stampsFor(ids));
  const held = () => faults().filter(({ reason }) => reason === 'half-way');
  await until(async () => held()[0]?.['held'] === 3);
  const fingerprint = String(held()[0]!['fingerprint']);
  const { entries } = redrive(fingerprint, '--show').result as unknown as { readonly entries: readonly JsonObject[] };
  expect(entries.map(({ id, group }) => [id, group])).toEqual(ids.map((id) => [`stamp-${id}`, 'g']));
  expect(entries.map(({ content }) => JSON.parse(String(content)).body)).toEqual(ids.map((parcelId) => ({ parcelId })));

  const stamp = async (id: string) => {
    const item = await itemOf(id);
    return { isMarked: Object.keys(item).some((name) => /stamp$/.test(name)), stamped: item['stamped'] };
  };
  const done = { status: 0, result: { done: 1, left: 0 } };
  expect(redrive(fingerprint, '--done', '--id', 'stamp-P5')).toMatchObject(done);
  expect(await stamp('P5')).toEqual({ isMarked: true, stamped: undefined });

  await update('P6', { isStuck: { BOOL: false } });
  // A decision applies to claims that are older than the largest difference of clocks.
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + CLAIM_AGE_MS - Date.now())));
  expect(redrive(fingerprint, '--again', '--id', 'stamp-P6')).toMatchObject(done);
  expect(await stamp('P6')).toEqual({ isMarked: true, stamped: { N: '1' } });

  expect(redrive(fingerprint, '--discard', 'it was never sent')).toMatchObject({ status: 0, result: { discarded: 1 } });
  expect(await stamp('P7')).toEqual({ isMarked: false, stamped: undefined });
  expect(held()).toEqual([]);
});

/** Runs the command for the stack with the data. */
function redrive(...args: string[]) {
  const command = ['--import', 'tsx', 'cli/index.ts', 'redrive', ...args, '--stack', 'ParcelsData', '--json'];
  const env = { ...process.env, AWS_REGION: LOCAL_REGION };
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: PROJECT_ROOT, env, encoding: 'utf8' });
  return { status, stderr, result: stdout === '' ? undefined : (JSON.parse(stdout) as JsonObject) };
}

function faults(): readonly JsonObject[] {
  return redrive().result?.['faults'] as readonly JsonObject[];
}

/** Waits for a condition. */
async function until(isMet: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + DEADLINE_MS; !(await isMet()); ) {
    if (Date.now() > deadline) throw new Error(`the condition must hold within ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
