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

  test('mfaRequired makes the second factor a must', () => {
    const { stack } = make({ mfaRequired: true });
    Template.fromStack(stack).hasResourceProperties('AWS::Cognito::UserPool', { MfaConfiguration: 'ON' });
  });

  test('people survive the stack in production and go with it in the sandbox', () => {
    Template.fromStack(make().stack).hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtection: 'ACTIVE' },
    });
    Template.fromStack(make({ profile: DeploymentProfile.SANDBOX }).stack).hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtection: 'INACTIVE' },
    });
  });

  test('the issuer is made of Region and pool id, not of an attribute that embedded clouds lack', () => {
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

  test('the sign-in address is unique to stack and place, and doesn’t tell the account', () => {
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

  test('a prefix of your own makes the sign-in address', () => {
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
  test('makes a public client for code and PKCE that can’t take a service’s scope', () => {
    const { stack, identity } = make();
    identity.addService('till');
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

  test('takes addresses that are known at deployment only, and localhost', () => {
    const { identity } = make();
    const callbackUrls = [Lazy.string({ produce: () => 'https://d1.cloudfront.net/' }), 'http://localhost:8080/'];
    expect(() => identity.addSignIn('Store', { callbackUrls, logoutUrls: ['http://localhost'] })).not.toThrow();
  });

  test.each([
    'http://shop.example.com/',
    'shop.example.com',
    'https://shop.example.com/#home',
    'http://localhost.example.com/',
  ])('fails when it is to return to %p', (url) => {
    expect(() => make().identity.addSignIn('Store', { callbackUrls: [url] })).toThrow(`got '${url}'`);
    expect(() =>
      make().identity.addSignIn('Store', { callbackUrls: ['https://shop.example.com/'], logoutUrls: [url] }),
    ).toThrow(`got '${url}'`);
  });

  test('fails without a callback, with more than Cognito takes, and when added twice', () => {
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

describe('addService', () => {
  test('makes a client with a secret and one scope, which nobody can sign in through', () => {
    const { stack, identity } = make();
    identity.addService('till');
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Cognito::UserPoolClient', 1);
    template.hasResource('AWS::Cognito::UserPoolClient', {
      DependsOn: [Match.stringLikeRegexp('ResourceServer')],
      Properties: {
        ClientName: 'till',
        GenerateSecret: true,
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthScopes: ['breakwater/till'],
        ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
      },
    });
  });

  test('each service has its scope, in an order that doesn’t depend on who came first', () => {
    const templates = [
      ['till', 'audit'],
      ['audit', 'till', 'audit'],
    ].map((names) => {
      const { stack, identity } = make();
      for (const name of names) identity.addService(name);
      return Template.fromStack(stack);
    });
    for (const template of templates) {
      template.hasResourceProperties('AWS::Cognito::UserPoolResourceServer', {
        Identifier: 'breakwater',
        Scopes: [Match.objectLike({ ScopeName: 'audit' }), Match.objectLike({ ScopeName: 'till' })],
      });
    }
    expect(templates[0]!.toJSON()).toEqual(templates[1]!.toJSON());
  });

  test('no service, no resource server', () => {
    Template.fromStack(make().stack).resourceCountIs('AWS::Cognito::UserPoolResourceServer', 0);
  });

  test('says a client’s id, and fails when the service is unknown', () => {
    const { stack, identity } = make();
    identity.addService('till');
    expect(stack.resolve(identity.serviceClientId('till'))).toEqual({ Ref: expect.stringContaining('till') });
    expect(() => identity.serviceClientId('audit')).toThrow("must be one that was added (till), got 'audit'");
  });

  test('fails when the name is none or there are more than Cognito takes', () => {
    const { identity } = make();
    expect(() => identity.addService('Till')).toThrow(
      "service must be a lower-case letter, then a-z, 0-9 and '-', got 'Till'",
    );
    expect(() => identity.addService(Lazy.string({ produce: () => 'till' }))).toThrow('must be a literal, got a token');
    for (let i = 0; i < 100; i++) identity.addService(`service-${i}`);
    expect(() => identity.addService('service-100')).toThrow('at most 100');
    expect(() => identity.addService('service-99')).not.toThrow();
  });
});
