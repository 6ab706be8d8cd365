import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Code } from 'aws-cdk-lib/aws-lambda';
import {
  Access,
  Breakwater,
  type BreakwaterProps,
  DeploymentProfile,
  Handler,
  Identity,
  Route,
  Scaling,
} from '../../lib';

const handler = Handler.fromCode(
  Code.fromInline('exports.handler = async () => ({ statusCode: 204 });'),
  'index.handler',
  { verifiesTokens: true },
);

function whole(props: BreakwaterProps = {}) {
  const stack = new Stack(new App(), 'Test', { env: { region: 'us-east-1' } });
  const breakwater = new Breakwater(stack, 'Shop', props);
  return { stack, breakwater };
}

describe('Breakwater', () => {
  test('connects a module with the edge, the identity and a table', () => {
    const { stack, breakwater } = whole({ identity: Identity.userPool() });
    const orders = breakwater.addTable('Orders', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    const till = breakwater.addModule('Till', {
      handler,
      routes: [Route.post('/sales', { access: Access.service('till') })],
    });
    orders.grantWriteData(till);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { CacheBehaviors: [Match.objectLike({ PathPattern: '/sales' })] },
    });
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', { AllowedOAuthScopes: ['breakwater/till'] });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ BREAKWATER_MAP_TABLE: Match.anyValue(), BREAKWATER_NAME: 'Till' }) },
    });
  });

  test.each([
    [DeploymentProfile.PRODUCTION, true],
    [DeploymentProfile.SANDBOX, false],
  ])('passes its profile to every part: %#', (profile, lasting) => {
    const { stack, breakwater } = whole({ profile });
    breakwater.addTable('Orders', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    breakwater.addDocuments('Papers');
    breakwater.addWorker('Work', { handler });
    const template = Template.fromStack(stack);
    template.allResourcesProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: lasting });
    for (const type of ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup', 'AWS::KMS::Key']) {
      const policies = Object.values(template.findResources(type)).map((found) => found['DeletionPolicy'] === 'Delete');
      expect([type, ...new Set(policies)]).toEqual([type, !lasting]);
    }
  });

  test.each([
    [DeploymentProfile.PRODUCTION, 1],
    [DeploymentProfile.SANDBOX, 0],
  ])('forecasts a module only if capacity is provisioned: %#', (profile, schedules) => {
    const { stack, breakwater } = whole({ profile });
    const routes = [Route.get('/basket', { access: Access.ANYONE })];
    const scaling = Scaling.provisioned({ min: 2, max: 9 });
    const target = breakwater.addModule('Basket', { handler, routes, scaling });
    const ahead = breakwater.addPredictiveScaling('BasketAhead', { target });
    expect(ahead.targetName).toBe('Test/Shop/Basket');
    Template.fromStack(stack).resourceCountIs('AWS::Scheduler::Schedule', schedules);
  });

  test('a part can have its own profile', () => {
    const { stack, breakwater } = whole({ profile: DeploymentProfile.SANDBOX });
    breakwater.addTable('Kept', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      profile: DeploymentProfile.PRODUCTION,
    });
    Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      DeletionProtectionEnabled: true,
    });
  });

  test('treats a profile or an identity of undefined as absent', () => {
    const { stack, breakwater } = whole({ profile: DeploymentProfile.SANDBOX, identity: Identity.userPool() });
    const unstated = { profile: undefined };
    breakwater.addTable('Orders', { partitionKey: { name: 'id', type: AttributeType.STRING }, ...unstated });
    breakwater.addDocuments('Papers', unstated);
    breakwater.addWorker('Work', { handler, ...unstated });
    const routes = [Route.get('/basket', { access: Access.PERSON })];
    const scaling = Scaling.provisioned({ min: 2, max: 9 });
    const target = breakwater.addModule('Basket', { handler, routes, scaling, identity: undefined, ...unstated });
    expect(target.function.scaling.minProvisioned).toBeUndefined();
    expect(breakwater.addPredictiveScaling('BasketAhead', { target, ...unstated }).provisions).toBe(false);
    const template = Template.fromStack(stack);
    template.allResourcesProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: false });
    for (const type of ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup', 'AWS::KMS::Key']) {
      template.allResources(type, { DeletionPolicy: 'Delete' });
    }
  });

  test('replaces provisioned concurrency by on-demand scaling in a sandbox, and reports it', () => {
    const { stack, breakwater } = whole({ profile: DeploymentProfile.SANDBOX });
    breakwater.addModule('Busy', {
      handler,
      routes: [Route.get('/busy', { access: Access.ANYONE })],
      scaling: Scaling.provisioned({ min: 2, max: 5 }),
    });
    Template.fromStack(stack).resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
    Annotations.fromStack(stack).hasInfo(
      '*',
      Match.stringLikeRegexp('instead of 2 to 5 provisioned instances, the function scales on demand'),
    );
  });

  test('passes options to the edge', () => {
    const { stack } = whole({ priceClass: PriceClass.PRICE_CLASS_100 });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { PriceClass: 'PriceClass_100' },
    });
  });

  test('fails on a route for people without an identity', () => {
    const { breakwater } = whole();
    expect(() =>
      breakwater.addModule('Orders', { handler, routes: [Route.get('/orders', { access: Access.PERSON })] }),
    ).toThrow(/Test\/Shop\/Orders: .*identity/);
  });

  test('fails if two modules have the same path, and names both', () => {
    const { breakwater } = whole();
    const routes = [Route.get('/orders/{id}', { access: Access.ANYONE })];
    breakwater.addModule('One', { handler, routes });
    expect(() => breakwater.addModule('Two', { handler, routes })).toThrow(/One[\s\S]*Two|Two[\s\S]*One/);
  });

  test('retains nothing in a sandbox', () => {
    const { stack, breakwater } = whole({ profile: DeploymentProfile.SANDBOX, identity: Identity.userPool() });
    breakwater.addTable('Orders', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    breakwater.addDocuments('Papers');
    const kept = Object.entries(
      Template.fromStack(stack).toJSON()['Resources'] as Record<string, { DeletionPolicy?: string }>,
    )
      .filter(([, { DeletionPolicy }]) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete')
      .map(([id]) => id);
    expect(kept).toEqual([]);
    expect(RemovalPolicy.DESTROY).toBe(breakwater.profile.removalPolicy);
  });
});
