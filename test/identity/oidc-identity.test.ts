import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { OidcIdentity, type OidcIdentityProps } from '../../lib/identity';

const GOOD: OidcIdentityProps = { issuer: 'https://id.example.com/tenant', audience: 'shop' };
const token = Lazy.string({ produce: () => 'https://later.example.com' });

function make(props: Partial<OidcIdentityProps> = {}): OidcIdentity {
  return new OidcIdentity(new Stack(new App(), 'Shop'), 'Identity', { ...GOOD, ...props });
}

describe('OidcIdentity', () => {
  test('has the given values and creates no resources', () => {
    const stack = new Stack(new App(), 'Shop');
    const identity = new OidcIdentity(stack, 'Identity', {
      ...GOOD,
      servicePrefix: 'svc:',
      jwksUri: 'https://keys.example.com/jwks',
      personClaim: 'uid',
      personScope: 'openid',
    });
    identity.addService('point-of-sale');
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

  test('fails if the address of the keys or of the sign-in is invalid', () => {
    expect(() => make({ jwksUri: 'http://keys.example.com' })).toThrow('jwksUri must be an https address');
    expect(() => make({ signInUrl: 'login' })).toThrow('signInUrl must be an https address');
  });

  test('fails without an audience, because it would accept tokens for other systems', () => {
    expect(() => make({ audience: '' })).toThrow("audience must be the 'aud' of the issuer's tokens");
  });

  test('fails when the service prefix has a space', () => {
    expect(() => make({ servicePrefix: 'break water/' })).toThrow(
      "servicePrefix must have no spaces, because they separate scopes, got 'break water/'",
    );
  });

  test.each<[object, string]>([
    [{ audience: undefined }, 'Shop/Identity: audience must be given'],
    [{ issuer: undefined }, 'Shop/Identity: issuer must be given'],
    [{ audiences: ['shop'] }, 'Shop/Identity: props must be of issuer, audience, servicePrefix'],
  ])('names what is wrong with %p to a caller without a type checker', (props, message) => {
    expect(() => make(props as Partial<OidcIdentityProps>)).toThrow(message);
  });

  test.each(['', 'sub', 'client_id', 'scp'])(
    'fails if personClaim is %p, which tokens of programs have too',
    (personClaim) => {
      expect(() => make({ personClaim })).toThrow(
        `personClaim must be a claim that only people's tokens have, got '${personClaim}'`,
      );
    },
  );

  test('fails if personScope is no scope or the scope of a service', () => {
    for (const personScope of ['', 'openid email']) {
      expect(() => make({ personScope })).toThrow(
        `personScope must be one scope, without spaces, got '${personScope}'`,
      );
    }
    expect(() => make({ personScope: 'breakwater/person' })).toThrow("personScope must not start with 'breakwater/'");
    expect(() => make({ personScope: 'svc:x', servicePrefix: 'svc:' })).toThrow("must not start with 'svc:'");
  });

  test('has no claim and no scope of people by default', () => {
    expect(make().personClaim).toBeUndefined();
    expect(make().personScope).toBeUndefined();
    expect(make({ personClaim: token, personScope: token }).personScope).toBe(token);
  });

  test('accepts CDK tokens, because another stack may create the issuer', () => {
    expect(make({ issuer: token, audience: token, servicePrefix: token, jwksUri: token }).issuer).toBe(token);
  });

  test('fails when a page signs in but no client is known', () => {
    expect(() => make().addSignIn('Store', { callbackUrls: [] })).toThrow("for the page 'Store', got none");
  });
});
