import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { OidcIdentity, type OidcIdentityProps } from '../../lib/identity';

const GOOD: OidcIdentityProps = { issuer: 'https://id.example.com/tenant', audience: 'shop' };
const token = Lazy.string({ produce: () => 'https://later.example.com' });

function make(props: Partial<OidcIdentityProps> = {}): OidcIdentity {
  return new OidcIdentity(new Stack(new App(), 'Shop'), 'Identity', { ...GOOD, ...props });
}

describe('OidcIdentity', () => {
  test('says what it was given and makes nothing', () => {
    const stack = new Stack(new App(), 'Shop');
    const identity = new OidcIdentity(stack, 'Identity', {
      ...GOOD,
      servicePrefix: 'svc:',
      jwksUri: 'https://keys.example.com/jwks',
      personClaim: 'uid',
      personScope: 'openid',
    });
    identity.addService('till');
    expect(identity).toMatchObject({
      ...GOOD,
      kind: 'oidc',
      servicePrefix: 'svc:',
      jwksUri: 'https://keys.example.com/jwks',
      personClaim: 'uid',
      personScope: 'openid',
    });
    expect(Template.fromStack(stack).toJSON()['Resources']).toBeUndefined();
  });

  test.each(['http://id.example.com', 'id.example.com', 'https://', 'https://id.example.com?tenant=1', ''])(
    'fails when the issuer is %p',
    (issuer) => {
      expect(() => make({ issuer })).toThrow(
        `Shop/Identity: issuer must be an https address without query and fragment, got '${issuer}'`,
      );
    },
  );

  test('fails when the address of keys or sign-in is none', () => {
    expect(() => make({ jwksUri: 'http://keys.example.com' })).toThrow('jwksUri must be an https address');
    expect(() => make({ signInUrl: 'login' })).toThrow('signInUrl must be an https address');
  });

  test('fails without an audience, since a token for another system would do', () => {
    expect(() => make({ audience: '' })).toThrow("audience must be what the issuer's tokens name");
  });

  test('fails when the service prefix has a space', () => {
    expect(() => make({ servicePrefix: 'break water/' })).toThrow(
      "servicePrefix must have no spaces, since they part scopes, got 'break water/'",
    );
  });

  test.each(['', 'sub', 'client_id', 'scp'])('fails when what tells a person is the claim %p', (personClaim) => {
    expect(() => make({ personClaim })).toThrow(
      `personClaim must be a claim that only people's tokens have, got '${personClaim}'`,
    );
  });

  test('fails when what tells a person is no scope, or one of a service', () => {
    for (const personScope of ['', 'openid email']) {
      expect(() => make({ personScope })).toThrow(
        `personScope must be one scope, without spaces, got '${personScope}'`,
      );
    }
    expect(() => make({ personScope: 'breakwater/person' })).toThrow("personScope must not start with 'breakwater/'");
    expect(() => make({ personScope: 'svc:x', servicePrefix: 'svc:' })).toThrow("must not start with 'svc:'");
  });

  test('asks for no mark of its own unless told to', () => {
    expect(make().personClaim).toBeUndefined();
    expect(make().personScope).toBeUndefined();
    expect(make({ personClaim: token, personScope: token }).personScope).toBe(token);
  });

  test('takes tokens: an issuer may be made by another stack', () => {
    expect(make({ issuer: token, audience: token, servicePrefix: token, jwksUri: token }).issuer).toBe(token);
  });

  test('fails when a page signs in but no client is known', () => {
    expect(() => make().addSignIn('Store', { callbackUrls: [] })).toThrow("knows the page 'Store', got none");
  });
});
