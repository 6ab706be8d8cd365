import { AUTO_SCALING, AwsApi, DYNAMODB, LAMBDA } from '../../../lambdas/system/floor-controller/aws/aws-api';
import { type AwsError, isAwsError } from '../../../lambdas/system/floor-controller/aws/aws-error';
import { endpointOf } from '../../../lambdas/system/floor-controller/aws/endpoint';

const KEYS = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };

/** An API whose answers come one after the other; the last one stays. */
function apiThat(
  answers: (Response | Error)[],
  env: Record<string, string> = {},
  remaining: () => number = () => 60_000,
) {
  const requests: { url: string; init: RequestInit }[] = [];
  const waits: number[] = [];
  const api = new AwsApi({
    async fetch(url, init) {
      requests.push({ url: String(url), init: init! });
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      if (answer instanceof Error) throw answer;
      return answer.clone();
    },
    env: { ...KEYS, ...env },
    remainingMs: remaining,
    sleep: async (ms) => void waits.push(ms),
    random: () => 0.5,
  });
  return { api, requests, waits };
}

const error = (status: number, type: string, message = 'why') => Response.json({ __type: type, message }, { status });
const put = (api: AwsApi) => api.json(DYNAMODB, '1.0', 'DynamoDB_20120810', 'PutItem', { TableName: 't' });

describe('AwsApi', () => {
  test('signs JSON calls for their service and Region, with the session', async () => {
    const { api, requests } = apiThat([Response.json({ Item: 1 })], { AWS_SESSION_TOKEN: 'session' });
    expect(await api.json(AUTO_SCALING, '1.1', 'AnyScaleFrontendService', 'PutScalingPolicy', { a: 1 })).toEqual({
      Item: 1,
    });
    const [{ url, init }] = requests as [{ url: string; init: RequestInit }];
    const headers = new Headers(init.headers);
    expect(url).toBe('https://application-autoscaling.eu-west-1.amazonaws.com/');
    expect(init.method).toBe('POST');
    expect(init.body).toBe('{"a":1}');
    expect(init.signal).toBeInstanceOf(AbortSignal);
    expect(headers.get('x-amz-target')).toBe('AnyScaleFrontendService.PutScalingPolicy');
    expect(headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(headers.get('x-amz-security-token')).toBe('session');
    expect(headers.get('authorization')).toMatch(
      /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-west-1\/application-autoscaling\/aws4_request, SignedHeaders=.*x-amz-target/,
    );
  });

  test('reads by GET without a body', async () => {
    const { api, requests } = apiThat([new Response('')]);
    expect(await api.get(LAMBDA, 'GetAlias', '/2015-03-31/functions/f/aliases/live')).toEqual({});
    expect(requests[0]!.url).toBe('https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/aliases/live');
    expect(requests[0]!.init).toMatchObject({ method: 'GET', body: undefined });
  });

  test.each([
    ['throttling', error(400, 'ThrottlingException')],
    ['too many requests', error(429, 'TooManyRequestsException')],
    ['a failure of the service', error(500, 'InternalServerError')],
    ['somebody else’s change', error(400, 'ConcurrentUpdateException')],
    ['no answer', Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } })],
    ['an answer too late', new DOMException('timed out', 'TimeoutError')],
  ])('tries again after %s, later each time', async (_, failure) => {
    const { api, requests, waits } = apiThat([failure as Response, failure as Response, Response.json({ ok: true })]);
    expect(await put(api)).toEqual({ ok: true });
    expect(requests).toHaveLength(3);
    expect(waits).toEqual([200, 400]);
  });

  test('gives up after three attempts, with service, action, status and code', async () => {
    const { api, requests } = apiThat([error(503, 'aws#ServiceUnavailable', 'busy')]);
    await expect(put(api)).rejects.toThrow('dynamodb PutItem failed: 503 ServiceUnavailable busy');
    expect(requests).toHaveLength(3);
  });

  test.each([
    [error(400, 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException'), 'ConditionalCheckFailedException'],
    [
      Response.json(
        { Message: 'gone' },
        { status: 404, headers: { 'x-amzn-errortype': 'ResourceNotFoundException:http://x/' } },
      ),
      'ResourceNotFoundException',
    ],
    [new Response('<html>', { status: 403 }), 'Unknown'],
  ])('does not repeat what will fail again', async (answer, code) => {
    const { api, requests } = apiThat([answer]);
    const thrown = (await put(api).catch((reason: unknown) => reason)) as AwsError;
    expect(isAwsError(thrown, code)).toBe(true);
    expect(requests).toHaveLength(1);
  });

  test('starts no attempt that the end of the function would cut short', async () => {
    const left = [30_000, 1_200, 900];
    const { api, requests, waits } = apiThat([error(500, 'Oops')], {}, () => left.shift() ?? 900);
    await expect(put(api)).rejects.toThrow('500 Oops');
    expect(requests).toHaveLength(1);
    expect(waits).toEqual([]);
    await expect(put(api)).rejects.toThrow('dynamodb PutItem failed: no answer OutOfTime');
  });

  test('fails with the name of what is missing', async () => {
    const { api } = apiThat([Response.json({})], { AWS_REGION: '' });
    await expect(put(api)).rejects.toThrow('environment variable AWS_REGION is not set');
  });

  test('fails on an answer that is not JSON', async () => {
    const { api } = apiThat([new Response('<html>')]);
    await expect(put(api)).rejects.toThrow('dynamodb PutItem failed: 200 NotJson <html>');
  });
});

describe('endpointOf', () => {
  const of = (region: string, env: Record<string, string>) => endpointOf('monitoring', 'CLOUDWATCH', region, env);

  test('takes what is stated for the service, then for all, then AWS’s own', () => {
    const all = { AWS_ENDPOINT_URL: 'https://127.0.0.1:4566/' };
    expect(of('us-east-1', { ...all, AWS_ENDPOINT_URL_CLOUDWATCH: 'http://here' })).toBe('http://here');
    expect(of('us-east-1', all)).toBe('https://127.0.0.1:4566');
    expect(of('us-east-1', { AWS_ENDPOINT_URL: '' })).toBe('https://monitoring.us-east-1.amazonaws.com');
  });

  test('knows China’s suffix', () => {
    expect(of('cn-north-1', {})).toBe('https://monitoring.cn-north-1.amazonaws.com.cn');
  });
});
