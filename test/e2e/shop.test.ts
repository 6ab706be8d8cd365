import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LocalApp } from '../../local/local-app';
import { readQuarantine } from '../../local/quarantine';
import { Report } from '../../local/report';
import { type Row, reconcile } from '../../shop/reconcile';
import { type ReplayResult, replay } from '../../shop/replay';
import { type RunningShop, startShop } from '../../shop/running-shop';
import { CloudApi, type JsonObject } from '../../testing';
import { text } from '../../testing/xml';
import { queueContract } from '../simulation/queue-contract';
import { dynamoDbContract } from '../testing/dynamodb/contract';
import { testCustomers } from './customers';
import { testDeployed } from './deployed';
import { emulatorQueue } from './emulator-queue';
import { type HostileRequest, honest, hostileRequests } from './hostile';
import { testLivePage } from './live-page';
import { testOneTrace } from './one-trace';
import { PROJECT_ROOT } from './project-root';
import { testStorefront } from './storefront';
import { contentsOf, namesIn } from './stores';

/**
 * The shop, deployed to the local AWS emulator as `npm start` does it: a real day of sales, hostile requests, alarms, and a destroy.
 * `launch.ts` starts it with a certificate that this process trusts.
 */
const folder = process.env['BREAKWATER_E2E_FOLDER']!;
const lost: Error[] = [];
let shop: LocalApp;
let context: RunningShop;
let api: CloudApi;
let day: ReplayResult;
let rows: Row[];
let tables: DynamoDBClient | undefined;

beforeAll(async () => {
  shop = new LocalApp({
    appDirectory: PROJECT_ROOT,
    folder,
    certificate: { certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') },
    report: new Report(),
    onLost: (error) => lost.push(error),
  });
  const sales = path.join(PROJECT_ROOT, 'shop', 'data', 'online-retail-2010-12-01.csv');
  context = await startShop(shop, sales, () => undefined);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  api = new CloudApi({ endpoint: context.endpoint, region: context.region, credentials });
  day = await replay(context);
  // From here on the logs are followed.
  await shop.openPage();
  rows = await reconcile(context, day.refused);
});

afterAll(async () => {
  await shop?.stop();
  expect(lost).toEqual([]);
});

const call = ({ method, path: where, headers, body }: Pick<HostileRequest, 'method' | 'path' | 'headers' | 'body'>) =>
  fetch(`${context.edgeUrl}${where}`, { method, headers, body });

const getAs = (token: string, where: string) =>
  call({ method: 'GET', path: where, headers: { authorization: `Bearer ${token}` } });

describe('a day of sales', () => {
  test('reconciles in every row', () => {
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
    expect(rows.length).toBeGreaterThan(10);
    expect(day.failed).toEqual([]);
  });

  test('has the figures that the file is known for', () => {
    expect({ sales: day.sales, refunds: day.refunds, lines: day.lines }).toEqual({
      sales: 127,
      refunds: 6,
      lines: 3098,
    });
    expect(new Set(day.refused.map(({ record }) => record)).size).toBe(10);
  });
});

describe('the edge', () => {
  test('answers a search from its cache the second time', async () => {
    const first = await call({ method: 'GET', path: '/search?q=lantern' });
    expect(first.status).toBe(200);
    const found = JSON.stringify(await first.json());
    const second = await call({ method: 'GET', path: '/search?q=lantern' });
    expect(second.headers.get('x-cache')).toMatch(/^Hit/);
    expect(JSON.stringify(await second.json())).toBe(found);
    expect(found).toMatch(/LANTERN/);
  });

  test('serves the site with its security headers, and a page for what is not there', async () => {
    for (const page of ['/', '/about/', '/robots.txt', '/sitemap.xml', '/config.json']) {
      expect([page, (await call({ method: 'GET', path: page })).status]).toEqual([page, 200]);
    }
    const home = await call({ method: 'GET', path: '/' });
    expect(home.headers.get('strict-transport-security')).toMatch(/max-age=\d{8}/);
    expect(home.headers.get('content-security-policy')).toMatch(/default-src/);
    const nowhere = await call({ method: 'GET', path: '/nowhere.html' });
    expect(nowhere.status).toBe(404);
  });
});

describe('a person', () => {
  test('buys at the price of the catalogue, once, and gets the invoice; another person sees nothing of it', async () => {
    const token = await context.customerToken();
    const { sku, price } = await someProduct();
    const total = (2 * Number(price)).toFixed(2);
    const body = JSON.stringify({ idempotencyKey: 'a-basket-of-two', lines: [{ sku, quantity: 2 }], total });
    const buy = () => call({ method: 'POST', path: '/checkout', headers: honest(token, body), body });
    const placed = await buy();
    expect(placed.status).toBe(201);
    const order = (await placed.json()) as { orderId: string; total: string };
    expect(order.total).toBe(total);
    const again = await buy();
    expect(again.status).toBe(200);
    expect(((await again.json()) as { orderId: string }).orderId).toBe(order.orderId);

    const invoice = await eventually(async () => {
      const answer = await getAs(token, `/orders/${order.orderId}/invoice`);
      return answer.status === 200 ? answer : undefined;
    });
    expect(invoice.headers.get('cache-control')).toMatch(/no-store/);
    expect(
      Buffer.from(await invoice.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
    const listed = JSON.stringify(await (await getAs(token, '/orders')).json());
    expect(listed).toContain(order.orderId);
    // An order of the replayed day belongs to another customer: to this one it doesn't exist.
    expect((await getAs(token, '/orders/536365')).status).toBe(404);
  });
});

testCustomers(() => context);
testOneTrace(() => api);

describe("the emulator's tables do what the tables in memory do", () => {
  dynamoDbContract(() => {
    tables ??= new DynamoDBClient({
      endpoint: context.endpoint,
      region: context.region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    return tables;
  });
});
describe("the emulator's queues do what the simulated queue does", () => {
  const urls: string[] = [];
  queueContract((fifo) => emulatorQueue(api, fifo, urls));
  afterAll(() => Promise.all(urls.map((QueueUrl) => api.json('sqs', 'AmazonSQS.DeleteQueue', { QueueUrl }))));
});
testStorefront(() => context);
testLivePage(() => shop);
testDeployed(
  () => context,
  () => api,
);

describe('a hostile caller', () => {
  test('is refused with the right status, and leaves no trace in a table, bucket or queue', async () => {
    const person = await context.customerToken();
    const { sku } = await someProduct();
    const requests = hostileRequests(
      { person, pointOfSale: await context.tokenFor('point-of-sale'), expired: await expiredToken() },
      sku,
    );
    const before = await settled();
    // The comparison covers the day's sales, so it isn't one of empty stores.
    expect(before.length).toBeGreaterThan(500);
    const answers: string[] = [];
    for (const request of requests) {
      const answer = await call(request);
      const said = await answer.text();
      const why = request.says === undefined || request.says.test(said) ? '' : `, not saying ${request.says}: ${said}`;
      answers.push(`${request.what}: ${answer.status}${why}`);
    }
    expect(answers).toEqual(requests.map(({ what, status }) => `${what}: ${status}`));
    await sleep(1_500);
    expect(await contentsOf(api)).toEqual(before);
  });

  test('cannot call a function past the edge', async () => {
    const functions = context.resources.filter(({ type }) => type === 'AWS::Lambda::Url');
    expect(functions.length).toBeGreaterThan(3);
    const [url] = JSON.stringify(await loadFunctionUrls()).match(/[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws/) ?? [];
    const direct = await fetchWithHost(`${context.endpoint}/orders`, url!);
    expect(direct).toBe(403);
  });

  test('cannot send to a queue that names its senders, not even from a role of the same stack', async () => {
    const queue = context.resources.find(
      ({ type, logicalId }) => type === 'AWS::SQS::Queue' && /PaymentsQueue/.test(logicalId),
    )!;
    const role = context.resources.find(
      ({ type, logicalId }) => type === 'AWS::IAM::Role' && /Search/.test(logicalId),
    )!;
    await api.query('iam', '2010-05-08', 'PutRolePolicy', {
      RoleName: role.physicalId,
      PolicyName: 'stolen',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }],
      }),
    });
    const thief = await assume(role.physicalId);
    const sent = thief.json('sqs', 'AmazonSQS.SendMessage', {
      QueueUrl: queue.physicalId,
      MessageBody: '{}',
    } as JsonObject);
    await expect(sent).rejects.toThrow(/AccessDenied|not authorized/i);
  });
});

describe('the alarms', () => {
  const raised = (since = 0): string[] =>
    context.monitoring.alarms.history
      .slice(since)
      .filter(({ state }) => state === 'ALARM')
      .map(({ alarm }) => alarm.name.replace(/^.*Operations|[0-9A-F]{8}(-\w+)?$/g, ''));

  test('are evaluated, and none was raised by valid orders or hostile requests', () => {
    expect(context.monitoring.alarms.names().length).toBeGreaterThan(15);
    expect(raised()).toEqual([]);
  });

  test('a failing module raises its own alarm and no other', async () => {
    const role = context.resources.find(
      ({ type, logicalId }) => type === 'AWS::IAM::Role' && /OrderHistory|ShopHistory/.test(logicalId),
    )!;
    const policy = { RoleName: role.physicalId, PolicyName: 'outage' };
    const Statement = [{ Effect: 'Deny', Action: ['dynamodb:Query', 'dynamodb:GetItem'], Resource: '*' }];
    await api.query('iam', '2010-05-08', 'PutRolePolicy', {
      ...policy,
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    });
    const token = await context.customerToken();
    const answers = await Promise.all([1, 2, 3, 4].map(async () => (await getAs(token, '/orders')).status));
    await api.query('iam', '2010-05-08', 'DeleteRolePolicy', policy);
    expect(answers).toEqual([500, 500, 500, 500]);
    await context.monitoring.poll();
    expect(raised()).toEqual([expect.stringMatching(/History.*Failing$/)]);
    expect(await deployedAlarmsInAlarm()).toEqual(context.monitoring.alarms.inAlarm());
  });

  test('a message that its worker gives up raises the alarm of the quarantine and no other', async () => {
    const before = context.monitoring.alarms.history.length;
    const orders = context.resources.find(
      ({ type, path: where }) => type === 'AWS::DynamoDB::Table' && where?.endsWith('/Orders/Shard0'),
    )!;
    // A message that its worker can't understand, published as every other: in the outbox of an item.
    const message = { id: 'not-an-order', to: 'Mail', body: {} };
    const Key = { customerId: { S: 'nobody' }, orderId: { S: 'not-an-order' } };
    const Item = { ...Key, _outbox: { S: JSON.stringify([message]) } };
    await api.json('dynamodb', 'DynamoDB_20120810.PutItem', { TableName: orders.physicalId, Item });
    await eventually(async () => (await readQuarantine(api, context.resources, Date.now()))[0]);
    // The tick counts held messages each minute. The test doesn't wait for the next minute.
    const tick = context.resources.find(
      ({ type, logicalId }) => type === 'AWS::Lambda::Function' && /^BreakwaterQuarantineTick/.test(logicalId),
    )!;
    const invocations = `/2015-03-31/functions/${tick.physicalId}/invocations?Qualifier=live`;
    const counted = await api.rest('lambda', 'POST', invocations, '{"now":true}');
    expect(counted.headers.get('x-amz-function-error')).toBeNull();
    await eventually(async () => {
      await context.monitoring.poll();
      return raised(before).length > 0 ? true : undefined;
    });
    await api.json('dynamodb', 'DynamoDB_20120810.DeleteItem', { TableName: orders.physicalId, Key });
    expect(raised(before)).toEqual(['QuarantineHeld']);
    expect((await deployedAlarmsInAlarm()).sort()).toEqual(context.monitoring.alarms.inAlarm().sort());
  });

  test('end when their periods have passed', async () => {
    await context.monitoring.stop();
    // An hour later, by the clock of the evaluation.
    await context.monitoring.alarms.evaluate(Date.now() + 3_600_000);
    expect(context.monitoring.alarms.inAlarm()).toEqual([]);
    expect(await deployedAlarmsInAlarm()).toEqual([]);
  });
});

describe('at the end', () => {
  test('cdk destroy leaves no table, function, queue or bucket of the shop', async () => {
    const before = await namesIn(api);
    for (const kind of ['tables', 'functions', 'queues', 'buckets'] as const) expect(before[kind]).not.toEqual([]);
    await shop.destroy();
    const { buckets, ...others } = await namesIn(api);
    expect(others).toEqual({ tables: [], functions: [], queues: [] });
    // That of `cdk bootstrap` belongs to the account.
    expect(buckets.filter((name) => !name.startsWith('cdk-'))).toEqual([]);
  });
});

/** Names of the deployed alarms in state ALARM, as an operator sees them. */
async function deployedAlarmsInAlarm(): Promise<string[]> {
  const { MetricAlarms } = await api.json('monitoring', 'GraniteServiceVersion20100801.DescribeAlarms', {
    StateValue: 'ALARM',
  });
  return (MetricAlarms as JsonObject[]).map(({ AlarmName }) => String(AlarmName));
}

/** Contents of the stores once the workers are idle: two reads a second apart are equal. */
async function settled(): Promise<string[]> {
  let last = await contentsOf(api);
  return eventually(async () => {
    await sleep(1_000);
    const now = await contentsOf(api);
    const same = JSON.stringify(now) === JSON.stringify(last);
    last = now;
    return same ? now : undefined;
  });
}

async function someProduct(): Promise<{ sku: string; price: string }> {
  const { products } = (await (await call({ method: 'GET', path: '/search?q=hand' })).json()) as {
    products: { sku: string; price: string }[];
  };
  return products[0]!;
}

/** A token of the point of sale that the pool really signed and that has really expired. */
async function expiredToken(): Promise<string> {
  const pool = context.resources.find(({ type }) => type === 'AWS::Cognito::UserPool')!.physicalId;
  const cognito = 'AWSCognitoIdentityProviderService';
  const client = context.resources.find(
    ({ type, logicalId }) => type === 'AWS::Cognito::UserPoolClient' && /point-of-sale|pointofsale/i.test(logicalId),
  )!.physicalId;
  const ids = { UserPoolId: pool, ClientId: client };
  const { UserPoolClient } = await api.json('cognito-idp', `${cognito}.DescribeUserPoolClient`, ids);
  const known = UserPoolClient as JsonObject;
  const flows = {
    ...ids,
    AllowedOAuthFlows: known['AllowedOAuthFlows']!,
    AllowedOAuthScopes: known['AllowedOAuthScopes']!,
    AllowedOAuthFlowsUserPoolClient: true,
  };
  // AWS allows 5 minutes at least. The emulator allows a second, so the test needn't wait.
  await api.json('cognito-idp', `${cognito}.UpdateUserPoolClient`, {
    ...flows,
    AccessTokenValidity: 1,
    TokenValidityUnits: { AccessToken: 'seconds' },
  });
  const secret = Buffer.from(`${client}:${String(known['ClientSecret'])}`).toString('base64');
  const answer = await fetch(`${context.endpoint}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${secret}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  await sleep(2_100);
  return token;
}

async function loadFunctionUrls(): Promise<unknown[]> {
  const functions = context.resources.filter(
    ({ type, logicalId }) => type === 'AWS::Lambda::Function' && /ShopOrderHistory/.test(logicalId),
  );
  return Promise.all(
    functions.map(async ({ physicalId }) =>
      (await api.rest('lambda', 'GET', `/2021-10-31/functions/${physicalId}/url?Qualifier=live`)).json(),
    ),
  );
}

/** Status of a request with another host header than its address. `fetch` doesn't send such a header. */
async function fetchWithHost(url: string, host: string): Promise<number> {
  const { request } = await import('node:https');
  return new Promise((resolve, reject) => {
    request(url, { headers: { host }, servername: 'localhost' }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });
}

async function assume(roleName: string): Promise<CloudApi> {
  const role = `arn:aws:iam::${context.account}:role/${roleName}`;
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${context.account}:root` }, Action: 'sts:AssumeRole' },
    ],
  };
  await api.query('iam', '2010-05-08', 'UpdateAssumeRolePolicy', {
    RoleName: roleName,
    PolicyDocument: JSON.stringify(trust),
  });
  const answer = await api.query('sts', '2011-06-15', 'AssumeRole', { RoleArn: role, RoleSessionName: 'thief' });
  const value = (name: string): string => text(answer, 'AssumeRoleResult', 'Credentials', name);
  return new CloudApi({
    endpoint: context.endpoint,
    region: context.region,
    credentials: {
      accessKeyId: value('AccessKeyId'),
      secretAccessKey: value('SecretAccessKey'),
      sessionToken: value('SessionToken'),
    },
  });
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 120; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(500);
  }
  throw new Error('the expected state must come within a minute, and did not');
}
