import type { EdgeRequest, OriginModel, PolicyStatement } from '../../testing';
import { OriginAccess } from '../../testing/origin-access';

const access = new OriginAccess('arn:aws:cloudfront::000000000000:distribution/E1');
const request = (body = new Uint8Array()): EdgeRequest => ({
  method: 'POST',
  path: '/',
  query: '',
  headers: {},
  body,
  ip: '127.0.0.1',
  secure: true,
});

/** A function URL without origin access control. */
function unsigned(authType: string): OriginModel {
  const statement: PolicyStatement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 'lambda:InvokeFunctionUrl',
    Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': authType } },
  };
  return {
    id: 'function',
    domainName: 'abc.lambda-url.us-east-1.on.aws',
    path: '',
    customHeaders: {},
    readTimeout: 30,
    target: { kind: 'function-url', region: 'us-east-1', functionArn: 'arn', policy: { Statement: [statement] } },
  };
}

test('a public function URL needs no origin access control, and keeps its limit', () => {
  const origin = unsigned('NONE');
  expect(access.refusal(origin, request())).toBeUndefined();
  expect(access.refusal(origin, request(new Uint8Array(6 * 1024 * 1024 + 1)))?.response.status).toBe(413);
});

test('a function URL with IAM authorization refuses an unsigned request', () => {
  expect(access.refusal(unsigned('AWS_IAM'), request())).toMatchObject({
    response: { status: 403 },
    reason: 'no origin access control signs',
  });
});
