import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Identity, UserPoolIdentity } from '../../lib/identity';

const ENV = { account: '111111111111', region: 'eu-west-1' };
const newStack = () => new Stack(new App(), 'Shop', { env: ENV });
const SIGN_IN = 'https://sign-in.example.com';

describe('an existing user pool', () => {
  test('is left as it is, and gets clients, a resource server and a domain', () => {
    const stack = newStack();
    const pool = UserPool.fromUserPoolId(stack, 'Pool', 'eu-west-1_abc');
    const identity = Identity.fromUserPool(pool).bind(stack, 'Identity');
    identity.addService('point-of-sale');
    identity.addSignIn('Site', { callbackUrls: ['https://shop.example.com/'] });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Cognito::UserPool', 0);
    template.resourceCountIs('AWS::Cognito::UserPoolDomain', 1);
    template.allResourcesProperties('AWS::Cognito::UserPoolClient', { UserPoolId: 'eu-west-1_abc' });
    expect(JSON.stringify(stack.resolve(identity.issuer))).toContain('cognito-idp.eu-west-1.');
  });

  test('keeps its own sign-in address', () => {
    const stack = newStack();
    const pool = UserPool.fromUserPoolId(stack, 'Pool', 'eu-west-1_abc');
    const identity = Identity.fromUserPool(pool, SIGN_IN).bind(stack, 'Identity');
    expect(identity.signInUrl).toBe(SIGN_IN);
    Template.fromStack(stack).resourceCountIs('AWS::Cognito::UserPoolDomain', 0);
  });

  test.each([
    ['mfaRequired', { mfaRequired: true }, true, /mfaRequired must be left out if userPool is set/],
    ['signInUrl', { signInUrl: SIGN_IN }, false, /signInUrl must be set together with userPool/],
    [
      'signInUrl',
      { signInUrl: SIGN_IN, domainPrefix: 'shop' },
      true,
      /signInUrl must not be set together with domainPrefix/,
    ],
    ['signInUrl', { signInUrl: 'http://sign-in/' }, true, /signInUrl must be an https address without a path/],
  ])('fails on %s: %j', (_name, props, existing, message) => {
    const stack = newStack();
    const userPool = existing ? UserPool.fromUserPoolId(stack, 'Pool', 'eu-west-1_abc') : undefined;
    expect(() => new UserPoolIdentity(stack, 'Identity', { ...props, userPool })).toThrow(message);
  });
});
