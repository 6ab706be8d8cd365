import { LOCAL_ACCOUNT, LOCAL_REGION } from '../../local/cloud';
import { readQuarantine } from '../../local/quarantine';
import type { CloudApi, JsonObject } from '../../testing';
import { text } from '../../testing/xml';
import { DeployedApp } from './deployed-app';

/** The example of sources on the local AWS emulator: a message of each service, and of a function. */

const DEADLINE_MS = 30_000;
const SNS = '2010-03-31';

let app: DeployedApp;
let api: CloudApi;

beforeAll(async () => {
  app = await DeployedApp.start('sources', 'examples', 'sources', 'app.ts');
  api = app.api;
});

afterAll(() => app?.stop());

const invoke = (name: string, event: unknown) =>
  api.rest('lambda', 'POST', `/2015-03-31/functions/${name}/invocations?Qualifier=live`, JSON.stringify(event));

/** Stored messages as `[source, body]`, sorted by source. */
async function arrivals(): Promise<[string, JsonObject][]> {
  const TableName = app.physicalId('AWS::DynamoDB::Table', /^ArrivalsShard/);
  const { Items } = await api.json('dynamodb', 'DynamoDB_20120810.Scan', { TableName, ConsistentRead: true });
  const stored = (Items as JsonObject[]).map((item): [string, JsonObject] => [
    String((item['from'] as JsonObject)['S']),
    (item['body'] as JsonObject)['M'] as JsonObject,
  ]);
  return stored.sort(([a], [b]) => (a < b ? -1 : 1));
}

test('a message of SNS, S3, EventBridge and of a function reaches its worker, and no other topic’s', async () => {
  const topic = app.physicalId('AWS::SNS::Topic', /^Partner/);
  const queue = app.physicalId('AWS::SQS::Queue', /^AnnouncementsQueue/);
  // The other topic sends first, so its message would arrive first.
  const made = await api.query('sns', SNS, 'CreateTopic', { Name: 'other' });
  const other = text(made.children?.[0] as never, 'TopicArn');
  const Endpoint = topic.replace(/:sns:.*/, `:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${queue.split('/').at(-1)}`);
  await api.query('sns', SNS, 'Subscribe', { TopicArn: other, Protocol: 'sqs', Endpoint });
  await api.query('sns', SNS, 'Publish', { TopicArn: other, Message: '{"from":"other"}' });
  await api.query('sns', SNS, 'Publish', { TopicArn: topic, Message: '{"from":"partner"}' });

  const bucket = app.physicalId('AWS::S3::Bucket', /^Uploads/);
  await api.rest('s3', 'PUT', `/${bucket}/in/a%20b.csv`, 'a,b');
  await api.rest('s3', 'PUT', `/${bucket}/elsewhere.csv`, 'a,b');

  const event = { Source: 'example.tills', DetailType: 'Till stopped', Detail: '{"till":7}' };
  await api.json('events', 'AWSEvents.PutEvents', { Entries: [event, { ...event, DetailType: 'Till started' }] });
  await invoke(app.physicalId('AWS::Lambda::Function', /^TillFunction|^Till[0-9A-F]/), { sku: 'A' });

  await until(async () => (await arrivals()).length >= 4);
  const bodies = await arrivals();
  expect(bodies.map(([from]) => from)).toEqual(['eventbridge', 'plain', 's3', 'sns']);
  const [detail, sale, file, announced] = bodies.map(([, body]) => JSON.stringify(body));
  expect(detail).toContain('"till":{"N":"7"}');
  expect(sale).toContain('"sku":{"S":"A"}');
  expect(file).toContain('"key":{"S":"in/a b.csv"}');
  expect(announced).toContain('"from":{"S":"partner"}');
  // S3's test event was acknowledged too.
  expect(await readQuarantine(api, app.stacks[0]!.resources, Date.now())).toEqual([]);
});

test('the tick logs and counts a policy that was changed, with its own rights', async () => {
  const tick = app.physicalId('AWS::Lambda::Function', /^BreakwaterQuarantineTick/);
  const QueueUrl = app.physicalId('AWS::SQS::Queue', /^SalesQueue/);
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
