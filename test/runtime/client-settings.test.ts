import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Connection } from '../../lambdas/runtime';
import { clientSettings, dynamoSettings, timeoutMs } from '../../lambdas/runtime/client-settings';

const REGION = { AWS_REGION: 'eu-west-1' };

/** What the SDK makes of the environment by itself: the settings must say the same. */
const ENVIRONMENTS: readonly Record<string, string>[] = [
  {},
  { AWS_USE_FIPS_ENDPOINT: 'true' },
  { AWS_USE_DUALSTACK_ENDPOINT: 'true', AWS_RETRY_MODE: 'adaptive' },
  { AWS_SDK_UA_APP_ID: 'shop', AWS_ACCOUNT_ID_ENDPOINT_MODE: 'disabled' },
];

type Provider = string | boolean | string[] | undefined | (() => Promise<unknown>);

async function said(client: { config: object }, names: readonly string[]): Promise<unknown[]> {
  const config = client.config as Record<string, Provider>;
  return Promise.all(
    names.map((name) => {
      const value = config[name];
      return typeof value === 'function' ? value() : value;
    }),
  );
}

describe('settings equal those that the SDK finds by itself', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  const names = ['region', 'retryMode', 'useFipsEndpoint', 'useDualstackEndpoint', 'userAgentAppId', 'defaultsMode'];

  test.each(ENVIRONMENTS)('%j', async (environment) => {
    process.env = {
      PATH: before['PATH'],
      AWS_CONFIG_FILE: '/nowhere',
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      ...REGION,
      ...environment,
    };
    expect(await said(new SQSClient(clientSettings()), names)).toEqual(await said(new SQSClient({}), names));
    const own = [...names, 'accountIdEndpointMode'];
    expect(await said(new DynamoDBClient(dynamoSettings()), own)).toEqual(await said(new DynamoDBClient({}), own));
  });
});

test('nothing is prepared for a log that nobody reads, and middleware is built once', async () => {
  for (const client of [new SQSClient(clientSettings(REGION)), new DynamoDBClient(dynamoSettings(REGION))]) {
    expect(client.config.logger.info).toBeUndefined();
    expect(() => client.config.logger.warn('unheard')).not.toThrow();
  }
  const { client } = await new Connection().load();
  expect(client.config.cacheMiddleware).toBe(true);
});

test('clock skew is corrected unless the environment forbids it', () => {
  expect(clientSettings(REGION).disableClockSkewCorrection).toBe(false);
  expect(clientSettings({ AWS_DISABLE_CLOCK_SKEW_CORRECTION: 'true' }).disableClockSkewCorrection).toBe(true);
});

describe('the endpoint', () => {
  const url = 'http://127.0.0.1:1';

  test.each([
    [{}, undefined],
    [{ AWS_ENDPOINT_URL: url }, url],
    [{ AWS_ENDPOINT_URL: 'http://other', AWS_ENDPOINT_URL_DYNAMODB: url }, url],
    [{ AWS_ENDPOINT_URL: url, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }, undefined],
  ])('of DynamoDB with %j', (environment, endpoint) => {
    const settings = dynamoSettings({ ...REGION, ...environment });
    expect(settings.endpoint).toBe(endpoint);
    expect(settings.ignoreConfiguredEndpointUrls).toBe(true);
  });

  test('of queues is left to the SDK if one is configured', () => {
    expect(clientSettings(REGION).ignoreConfiguredEndpointUrls).toBe(true);
    expect(clientSettings({ AWS_ENDPOINT_URL_SQS: url }).ignoreConfiguredEndpointUrls).toBe(false);
  });
});

test.each([
  [undefined, 500],
  ['8', 4_000],
  ['0.1', 500],
  ['x', 500],
])('timeouts are as written, or longer where the environment asks for it: %s', (factor, expected) => {
  expect(timeoutMs(500, { BREAKWATER_TIMEOUT_FACTOR: factor })).toBe(expected);
});
