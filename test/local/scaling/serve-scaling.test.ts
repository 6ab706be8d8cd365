import { AwsV4Signer } from 'aws4fetch';
import { FakeScaling, type ScalingServer, serveScaling } from '../../../local/scaling';
import { CloudApi } from '../../../testing';

const TARGET = {
  ServiceNamespace: 'lambda',
  ResourceId: 'function:search:live',
  ScalableDimension: 'lambda:function:ProvisionedConcurrency',
};
const REGISTER = 'AnyScaleFrontendService.RegisterScalableTarget';
const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };

let server: ScalingServer;
let units: number;
const log: string[] = [];
beforeEach(async () => {
  units = 0;
  log.length = 0;
  const now = Date.now;
  const fake = new FakeScaling({
    region: 'us-east-1',
    account: '000000000000',
    concurrency: {
      read: async () => units,
      write: async (_alias, wanted) => {
        units = wanted;
      },
    },
    now,
  });
  server = await serveScaling({ fake, region: 'us-east-1', now, log: (line) => log.push(line) });
});
afterEach(() => server.close());

interface Change {
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly method?: string;
  readonly service?: string;
  readonly region?: string;
  readonly datetime?: string;
  /** Headers as they are sent, from those that were signed. */
  readonly send?: (headers: Headers) => void;
}

async function post(change: Change = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  const { method = 'POST', body = JSON.stringify({ ...TARGET, MinCapacity: 3, MaxCapacity: 9 }) } = change;
  const signed = await new AwsV4Signer({
    ...credentials,
    url: server.url,
    method,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': REGISTER, ...change.headers },
    body: method === 'GET' ? undefined : body,
    service: change.service ?? 'application-autoscaling',
    region: change.region ?? 'us-east-1',
    datetime: change.datetime,
  }).sign();
  change.send?.(signed.headers);
  const response = await fetch(signed.url, {
    method,
    headers: signed.headers,
    body: method === 'GET' ? undefined : body,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('takes a signed request in the protocol of the service, and answers in it', async () => {
  const api = new CloudApi({ endpoint: server.url, region: 'us-east-1', credentials });
  const answer = await api.json('application-autoscaling', REGISTER, { ...TARGET, MinCapacity: 3, MaxCapacity: 9 });
  expect(answer['ScalableTargetARN']).toMatch(/^arn:aws:application-autoscaling:/);
  expect(units).toBe(3);
  expect(log).toEqual([`fake scaling: ${REGISTER} of key: 200`]);
});

test('tells what was wrong as the service does', async () => {
  const answer = await post({ body: JSON.stringify({ ...TARGET, MinCapacity: 9, MaxCapacity: 3 }) });
  expect(answer).toEqual({
    status: 400,
    body: { __type: 'ValidationException', message: 'Maximum capacity cannot be less than minimum capacity' },
  });
  expect(log.join()).toContain('ValidationException');
});

const resigned = (change: (text: string) => string) => (headers: Headers) =>
  headers.set('authorization', change(headers.get('authorization')!));

test.each<[string, string, Change]>([
  ['no signature', 'MissingAuthenticationTokenException', { send: (headers) => headers.delete('authorization') }],
  ['a token instead', 'IncompleteSignatureException', { send: resigned(() => 'Bearer abc') }],
  ['half a signature', 'IncompleteSignatureException', { send: resigned((text) => text.slice(0, -4)) }],
  ['no date', 'IncompleteSignatureException', { send: (headers) => headers.delete('x-amz-date') }],
  ['an old date', 'IncompleteSignatureException', { datetime: '20200101T000000Z' }],
  [
    'a date of another day than its scope',
    'IncompleteSignatureException',
    { send: resigned((text) => text.replace(/\/\d{8}\//, '/20200101/')) },
  ],
  ['another service', 'IncompleteSignatureException', { service: 'autoscaling' }],
  ['another Region', 'IncompleteSignatureException', { region: 'eu-west-1' }],
  [
    'a date that is not signed',
    'IncompleteSignatureException',
    { send: resigned((text) => text.replace('x-amz-date;', '')) },
  ],
  ['no operation', 'UnknownOperationException', { headers: { 'x-amz-target': 'RegisterScalableTarget' } }],
  ['an unknown operation', 'UnknownOperationException', { headers: { 'x-amz-target': `${REGISTER}s` } }],
  ['another method', 'UnknownOperationException', { method: 'GET' }],
  ['no JSON', 'SerializationException', { body: '{' }],
  ['a list', 'SerializationException', { body: '[]' }],
  ['a huge body', 'SerializationException', { body: JSON.stringify('x'.repeat(70_000)) }],
])('refuses %s with %s, and does nothing', async (_what, type, change) => {
  expect(await post(change)).toMatchObject({ status: 400, body: { __type: type } });
  expect(units).toBe(0);
});
