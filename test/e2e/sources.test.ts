import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { knownTypes, prepareAssembly, readAssembly } from '../../local/assembly';
import { Emulator, LOCAL_ACCOUNT, LOCAL_REGION, stopCommands } from '../../local/cloud';
import { Deployer, localCredentials, type RunningStack } from '../../local/deploy';
import { readQuarantine } from '../../local/quarantine';
import { CloudApi, type JsonObject } from '../../testing';
import { text } from '../../testing/xml';
import { PROJECT_ROOT } from './project-root';

/** The example of sources on the local AWS emulator: a message of each service, and of a function. */

const PLACE = { region: LOCAL_REGION, account: LOCAL_ACCOUNT };
const DEADLINE_MS = 30_000;
const SNS = '2010-03-31';

let cloud: Emulator;
let api: CloudApi;
let stack: RunningStack;

beforeAll(async () => {
  const folder = process.env['BREAKWATER_E2E_FOLDER']!;
  const certificate = { certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') };
  cloud = await Emulator.start({ folder, certificate });
  const { endpoint } = cloud;
  Object.assign(process.env, localCredentials(endpoint, LOCAL_REGION));
  api = new CloudApi({ endpoint, region: LOCAL_REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const synthesized = path.join(folder, 'sources.out');
  execFileSync(process.execPath, ['--import', 'tsx', path.join('examples', 'sources', 'app.ts')], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, CDK_OUTDIR: synthesized, CDK_VALIDATION: 'false' },
    stdio: 'pipe',
  });
  const props = { edgeUrls: [], known: await knownTypes() };
  const assembly = prepareAssembly(readAssembly(synthesized, PLACE), path.join(folder, 'sources-assembly'), props);
  const ignore = () => undefined;
  const [deployed] = await new Deployer({ endpoint, progress: ignore, line: ignore }).deploy(assembly);
  stack = deployed!;
});

afterAll(async () => {
  await stopCommands();
  await cloud?.stop();
});

function physicalId(type: string, logicalId: RegExp): string {
  const found = stack.resources.filter((one) => one.type === type);
  const match = found.find((one) => logicalId.test(one.logicalId));
  if (match === undefined) throw new Error(`no ${type} like ${logicalId}, got ${found.map((one) => one.logicalId)}`);
  return match.physicalId;
}

const invoke = (name: string, event: unknown) =>
  api.rest('lambda', 'POST', `/2015-03-31/functions/${name}/invocations?Qualifier=live`, JSON.stringify(event));

/** Stored messages as `[source, body]`, sorted by source. */
async function arrivals(): Promise<[string, JsonObject][]> {
  const TableName = physicalId('AWS::DynamoDB::Table', /^ArrivalsShard/);
  const { Items } = await api.json('dynamodb', 'DynamoDB_20120810.Scan', { TableName, ConsistentRead: true });
  const stored = (Items as JsonObject[]).map((item): [string, JsonObject] => [
    String((item['from'] as JsonObject)['S']),
    (item['body'] as JsonObject)['M'] as JsonObject,
  ]);
  return stored.sort(([a], [b]) => (a < b ? -1 : 1));
}

test('a message of SNS, S3, EventBridge and of a function reaches its worker, and no other topic’s', async () => {
  const topic = physicalId('AWS::SNS::Topic', /^Partner/);
  const queue = physicalId('AWS::SQS::Queue', /^AnnouncementsQueue/);
  // The other topic sends first, so its message would arrive first.
  const made = await api.query('sns', SNS, 'CreateTopic', { Name: 'other' });
  const other = text(made.children?.[0] as never, 'TopicArn');
  const Endpoint = topic.replace(/:sns:.*/, `:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${queue.split('/').at(-1)}`);
  await api.query('sns', SNS, 'Subscribe', { TopicArn: other, Protocol: 'sqs', Endpoint });
  await api.query('sns', SNS, 'Publish', { TopicArn: other, Message: '{"from":"other"}' });
  await api.query('sns', SNS, 'Publish', { TopicArn: topic, Message: '{"from":"partner"}' });

  const bucket = physicalId('AWS::S3::Bucket', /^Uploads/);
  await api.rest('s3', 'PUT', `/${bucket}/in/a%20b.csv`, 'a,b');
  await api.rest('s3', 'PUT', `/${bucket}/elsewhere.csv`, 'a,b');

  const event = { Source: 'example.tills', DetailType: 'Till stopped', Detail: '{"till":7}' };
  await api.json('events', 'AWSEvents.PutEvents', { Entries: [event, { ...event, DetailType: 'Till started' }] });
  await invoke(physicalId('AWS::Lambda::Function', /^TillFunction|^Till[0-9A-F]/), { sku: 'A' });

  await until(async () => (await arrivals()).length >= 4);
  const bodies = await arrivals();
  expect(bodies.map(([from]) => from)).toEqual(['eventbridge', 'plain', 's3', 'sns']);
  const [detail, sale, file, announced] = bodies.map(([, body]) => JSON.stringify(body));
  expect(detail).toContain('"till":{"N":"7"}');
  expect(sale).toContain('"sku":{"S":"A"}');
  expect(file).toContain('"key":{"S":"in/a b.csv"}');
  expect(announced).toContain('"from":{"S":"partner"}');
  // S3's test event was acknowledged too.
  expect(await readQuarantine(api, stack.resources, Date.now())).toEqual([]);
});

test('the tick logs and counts a policy that was changed, with its own rights', async () => {
  const tick = physicalId('AWS::Lambda::Function', /^BreakwaterQuarantineTick/);
  const QueueUrl = physicalId('AWS::SQS::Queue', /^SalesQueue/);
  const read = { QueueUrl, AttributeNames: ['Policy'] };
  const { Attributes } = (await api.json('sqs', 'AmazonSQS.GetQueueAttributes', read)) as { Attributes: JsonObject };
  const policy = JSON.parse(String(Attributes['Policy'])) as JsonObject;
  const policies = { Sales: [{ queue: QueueUrl.split('/').at(-1), policy }] };
  const logOf = async () => {
    const answer = await api.rest(
      'lambda',
      'POST',
      `/2015-03-31/functions/${tick}/invocations?Qualifier=live`,
      JSON.stringify({ policies }),
      { 'x-amz-log-type': 'Tail' },
    );
    expect(answer.headers.get('x-amz-function-error')).toBeNull();
    return Buffer.from(answer.headers.get('x-amz-log-result') ?? '', 'base64').toString();
  };
  expect(await logOf()).not.toContain('queue policy changed');
  const open = { Sid: 'Open', Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
  const Policy = JSON.stringify({ ...policy, Statement: [open] });
  await api.json('sqs', 'AmazonSQS.SetQueueAttributes', { QueueUrl, Attributes: { Policy } });
  const log = await logOf();
  expect(log).toContain('queue policy changed');
  expect(log).toMatch(/"missing":\[[^\]]*"OnlyDeclaredSenders"[^\]]*\],"added":\["Open"\]/);
});

async function until(isMet: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + DEADLINE_MS; !(await isMet()); ) {
    if (Date.now() > deadline)
      throw new Error(`must hold within ${DEADLINE_MS} ms, got ${JSON.stringify(await arrivals())}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
