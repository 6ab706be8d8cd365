import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { UserPoolIdentity, type UserPoolIdentityProps } from '../../lib/identity';
import { DeploymentProfile } from '../../lib/profile';

function make(props: UserPoolIdentityProps = {}, env?: { region: string }) {
  const stack = new Stack(new App(), 'Shop', { env });
  const identity = new UserPoolIdentity(stack, 'Identity', props);
  return { stack, identity };
}

describe('the pool', () => {
  test('only administrators make users, by e-mail address, and people may use a second factor', () => {
    const { stack } = make();
    Template.fromStack(stack).hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
      Policies: {
        PasswordPolicy: {
          MinimumLength: 12,
          RequireLowercase: true,
          RequireUppercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
        },
      },
    });
  });

  test('mfaRequired requires the second factor', () => {
    const { stack } = make({ mfaRequired: true });
    Template.fromStack(stack).hasResourceProperties('AWS::Cognito::UserPool', { MfaConfiguration: 'ON' });
  });

  test('production protects and retains the pool, the sandbox deletes it with the stack', () => {
    Template.fromStack(make().stack).hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtection: 'ACTIVE' },
    });
    Template.fromStack(make({ profile: DeploymentProfile.SANDBOX }).stack).hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtection: 'INACTIVE' },
    });
  });

  test('the issuer consists of Region and pool id, without an attribute that the local AWS emulator lacks', () => {
    const { stack, identity } = make();
    expect(stack.resolve(identity.issuer)).toEqual({
      'Fn::Join': [
        '',
        [
          'https://cognito-idp.',
          { Ref: 'AWS::Region' },
          '.',
          { Ref: 'AWS::URLSuffix' },
          '/',
          { Ref: stack.getLogicalId(identity.userPool.node.defaultChild as never) },
        ],
      ],
    });
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('ProviderURL');
  });

  test('the sign-in address differs by stack and construct, and does not contain the account id', () => {
    const { stack } = make();
    new UserPoolIdentity(stack, 'Staff');
    const domains = Object.values(Template.fromStack(stack).findResources('AWS::Cognito::UserPoolDomain')).map(
      (domain) => JSON.stringify(domain['Properties'].Domain),
    );
    expect(new Set(domains).size).toBe(2);
    for (const domain of domains) {
      expect(domain).toContain('AWS::StackId');
      expect(domain).not.toContain('AWS::AccountId');
    }
  });

  test('the sign-in address has the given prefix', () => {
    const { stack, identity } = make({ domainPrefix: 'my-shop' }, { region: 'eu-central-1' });
    Template.fromStack(stack).hasResourceProperties('AWS::Cognito::UserPoolDomain', { Domain: 'my-shop' });
    expect(JSON.stringify(stack.resolve(identity.signInUrl))).toContain('.auth.eu-central-1.amazoncognito.com');
    expect(() => make({ domainPrefix: Lazy.string({ produce: () => 'later' }) })).not.toThrow();
  });

  test.each(['', 'My-Shop', '-shop', 'shop-', 'a'.repeat(64), 'my-aws-shop', 'cognito1', 'amazonia', 'a.b'])(
    'fails when the prefix is %p',
    (domainPrefix) => {
      expect(() => make({ domainPrefix })).toThrow(`Shop/Identity: domainPrefix must be`);
      expect(() => make({ domainPrefix })).toThrow(`got '${domainPrefix}'`);
    },
  );
});

describe('addSignIn', () => {
  test('adds a public client for code with PKCE that has no scope of a service', () => {
    const { stack, identity } = make();
    identity.addService('point-of-sale');
    const client = identity.addSignIn('Store', { callbackUrls: ['https://shop.example.com/'] });
    expect(client.scope).toBe('openid email');
    Template.fromStack(stack).hasResourceProperties('AWS::Cognito::UserPoolClient', {
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email'],
      CallbackURLs: ['https://shop.example.com/'],
      LogoutURLs: ['https://shop.example.com/'],
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      SupportedIdentityProviders: ['COGNITO'],
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
      AccessTokenValidity: 60,
      RefreshTokenValidity: 1_440,
    });
  });

  test('accepts CDK tokens and localhost as addresses', () => {
    const { identity } = make();
    const callbackUrls = [Lazy.string({ produce: () => 'https://d1.cloudfront.net/' }), 'http://localhost:8080/'];
    expect(() => identity.addSignIn('Store', { callbackUrls, logoutUrls: ['http://localhost'] })).not.toThrow();
  });

  test.each([
    'http://shop.example.com/',
    'shop.example.com',
    'https://shop.example.com/#home',
    'http://localhost.example.com/',
  ])('refuses %p as an address to return to', (url) => {
    expect(() => make().identity.addSignIn('Store', { callbackUrls: [url] })).toThrow(`got '${url}'`);
    expect(() =>
      make().identity.addSignIn('Store', { callbackUrls: ['https://shop.example.com/'], logoutUrls: [url] }),
    ).toThrow(`got '${url}'`);
  });

  test('refuses no callback, more than Cognito’s quota, and the same id twice', () => {
    const { identity } = make();
    const many = Array.from({ length: 101 }, (_, i) => `https://shop.example.com/${i}`);
    expect(() => identity.addSignIn('Store', { callbackUrls: [] })).toThrow('must be 1 to 100, got 0');
    expect(() => identity.addSignIn('Store', { callbackUrls: many })).toThrow('must be 1 to 100, got 101');
    expect(() => identity.addSignIn('Store', { callbackUrls: many.slice(1), logoutUrls: many })).toThrow(
      'at most 100, got 101',
    );
    identity.addSignIn('Store', { callbackUrls: many.slice(1) });
    expect(() => identity.addSignIn('Store', { callbackUrls: many.slice(1) })).toThrow(
      "sign-in 'Store' must be added once",
    );
  });
});

test.each<[object, string]>([
  [{ mfa: true }, 'Shop/Identity: props must be of mfaRequired, domainPrefix, profile, userPool, signInUrl, got mfa'],
  [{ profile: 'sandbox' }, 'Shop/Identity: profile must be'],
])('names what is wrong with the props %p of a caller without a type checker', (props, message) => {
  expect(() => make(props as UserPoolIdentityProps)).toThrow(message);
});

test('refuses a text for the list of callbacks', () => {
  const options = { callbackUrls: 'https://shop.example.com/' } as unknown as Parameters<
    UserPoolIdentity['addSignIn']
  >[1];
  expect(() => make().identity.addSignIn('Store', options)).toThrow("sign-in 'Store'.callbackUrls must be a list");
});

describe('addService', () => {
  test('adds a client with a secret and one scope that nobody can sign in with', () => {
    const { stack, identity } = make();
    identity.addService('point-of-sale');
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Cognito::UserPoolClient', 1);
    template.hasResource('AWS::Cognito::UserPoolClient', {
      DependsOn: [Match.stringLikeRegexp('ResourceServer')],
      Properties: {
        ClientName: 'point-of-sale',
        GenerateSecret: true,
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthScopes: ['breakwater/point-of-sale'],
        ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
      },
    });
  });

  test('adds a scope for each service, in an order that doesn’t depend on the calls', () => {
    const templates = [
      ['point-of-sale', 'audit'],
      ['audit', 'point-of-sale', 'audit'],
    ].map((names) => {
      const { stack, identity } = make();
      for (const name of names) identity.addService(name);
      return Template.fromStack(stack);
    });
    for (const template of templates) {
      template.hasResourceProperties('AWS::Cognito::UserPoolResourceServer', {
        Identifier: 'breakwater',
        Scopes: [Match.objectLike({ ScopeName: 'audit' }), Match.objectLike({ ScopeName: 'point-of-sale' })],
      });
    }
    expect(templates[0]!.toJSON()).toEqual(templates[1]!.toJSON());
  });

  test('adds no resource server without a service', () => {
    Template.fromStack(make().stack).resourceCountIs('AWS::Cognito::UserPoolResourceServer', 0);
  });

  test('returns a client’s id, and refuses an unknown service', () => {
    const { stack, identity } = make();
    identity.addService('point-of-sale');
    expect(stack.resolve(identity.serviceClientId('point-of-sale'))).toEqual({
      Ref: expect.stringContaining('pointofsale'),
    });
    expect(() => identity.serviceClientId('audit')).toThrow(
      "must be a service that was added (point-of-sale), got 'audit'",
    );
  });

  test('refuses an invalid name, and more services than Cognito’s quota', () => {
    const { identity } = make();
    expect(() => identity.addService('Till')).toThrow(
      "service must be a lower-case letter, then a-z, 0-9 and '-', got 'Till'",
    );
    expect(() => identity.addService(Lazy.string({ produce: () => 'point-of-sale' }))).toThrow(
      'must be a literal, got a token',
    );
    for (let i = 0; i < 100; i++) identity.addService(`service-${i}`);
    expect(() => identity.addService('service-100')).toThrow('at most 100');
    expect(() => identity.addService('service-99')).not.toThrow();
  });
});
