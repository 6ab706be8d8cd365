import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Identity, type IIdentity, OidcIdentity, UserPoolIdentity } from '../../lib/identity';
import { DeploymentProfile } from '../../lib/profile';

/** What whoever uses an identity relies on, whichever kind it is. */
describe.each([
  ['userPool', () => Identity.userPool()],
  ['oidc', () => Identity.oidc({ issuer: 'https://id.example.com', audience: 'shop', clientId: 'page-1' })],
])('Identity.%s', (_, recipe) => {
  let identity: IIdentity;
  let stack: Stack;
  beforeEach(() => {
    stack = new Stack(new App(), 'Shop');
    identity = recipe().bind(stack, 'Identity');
  });

  test('names its issuer by an https address without a slash at the end', () => {
    expect(identity.issuer).toMatch(/^https:\/\/.*[^/]$/);
    expect(['cognito', 'oidc']).toContain(identity.kind);
    expect(identity.servicePrefix).toBe('breakwater/');
  });

  test('makes a client for a page', () => {
    const client = identity.addSignIn('Store', { callbackUrls: ['https://shop.example.com/'] });
    expect(client.clientId).not.toBe('');
    expect(client.scope).toBe('openid email');
    expect(client.signInUrl).toBe(identity.signInUrl);
  });

  test('takes a service twice as once', () => {
    identity.addService('till');
    const once = Template.fromStack(stack).toJSON();
    const other = new Stack(new App(), 'Shop');
    const twice = recipe().bind(other, 'Identity');
    twice.addService('till');
    twice.addService('till');
    expect(Template.fromStack(other).toJSON()).toEqual(once);
  });

  test('one recipe can be bound in two stacks', () => {
    const one = recipe();
    const app = new App();
    const [a, b] = [one.bind(new Stack(app, 'A'), 'Identity'), one.bind(new Stack(app, 'B'), 'Identity')];
    expect(a).not.toBe(b);
    expect(app.synth().stacks).toHaveLength(2);
  });
});

describe('Identity.userPool', () => {
  test('takes the profile of where it is bound, unless it names its own', () => {
    const protectedness = (identity: Identity) => {
      const stack = new Stack(new App(), 'Shop');
      identity.bind(stack, 'Identity', DeploymentProfile.SANDBOX);
      const [pool] = Object.values(Template.fromStack(stack).findResources('AWS::Cognito::UserPool'));
      return [pool!['Properties'].DeletionProtection, pool!['DeletionPolicy']];
    };
    expect(protectedness(Identity.userPool())).toEqual(['INACTIVE', 'Delete']);
    expect(protectedness(Identity.userPool({ profile: DeploymentProfile.PRODUCTION }))).toEqual(['ACTIVE', 'Retain']);
  });
});

test('the constructs stand alone as well', () => {
  const stack = new Stack(new App(), 'Shop');
  expect(new UserPoolIdentity(stack, 'Pool').kind).toBe('cognito');
  expect(new OidcIdentity(stack, 'Oidc', { issuer: 'https://id.example.com', audience: 'shop' }).kind).toBe('oidc');
});
