import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Identity, type IIdentity, OidcIdentity, UserPoolIdentity } from '../../lib/identity';
import { DeploymentProfile } from '../../lib/profile';

/** The behaviour that both kinds of identity share. */
describe.each([
  ['userPool', () => Identity.userPool()],
  ['oidc', () => Identity.oidc({ issuer: 'https://id.example.com', audience: 'shop', clientId: 'page-1' })],
])('Identity.%s', (_, choice) => {
  let identity: IIdentity;
  let stack: Stack;
  beforeEach(() => {
    stack = new Stack(new App(), 'Shop');
    identity = choice().bind(stack, 'Identity');
  });

  test('has an https address without a final slash as its issuer', () => {
    expect(identity.issuer).toMatch(/^https:\/\/.*[^/]$/);
    expect(['cognito', 'oidc']).toContain(identity.kind);
    expect(identity.servicePrefix).toBe('breakwater/');
  });

  test('adds a client for a page', () => {
    const client = identity.addSignIn('Store', { callbackUrls: ['https://shop.example.com/'] });
    expect(client.clientId).not.toBe('');
    expect(client.scope).toBe('openid email');
    expect(client.signInUrl).toBe(identity.signInUrl);
  });

  test('adds a service once, however often it is called', () => {
    identity.addService('point-of-sale');
    const once = Template.fromStack(stack).toJSON();
    const other = new Stack(new App(), 'Shop');
    const twice = choice().bind(other, 'Identity');
    twice.addService('point-of-sale');
    twice.addService('point-of-sale');
    expect(Template.fromStack(other).toJSON()).toEqual(once);
  });

  test('can be bound in two stacks', () => {
    const one = choice();
    const app = new App();
    const [a, b] = [one.bind(new Stack(app, 'A'), 'Identity'), one.bind(new Stack(app, 'B'), 'Identity')];
    expect(a).not.toBe(b);
    expect(app.synth().stacks).toHaveLength(2);
  });
});

describe('Identity.userPool', () => {
  test('uses its own profile, else that of the construct it is bound to', () => {
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

test('the constructs work without Identity', () => {
  const stack = new Stack(new App(), 'Shop');
  expect(new UserPoolIdentity(stack, 'Pool').kind).toBe('cognito');
  expect(new OidcIdentity(stack, 'Oidc', { issuer: 'https://id.example.com', audience: 'shop' }).kind).toBe('oidc');
});
