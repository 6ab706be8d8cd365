import { App, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Policy } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { AliasedFunction, Scaling } from '../../lib/functions';
import { FloorController, PredictiveScaling } from '../../lib/prediction';
import { DeploymentProfile } from '../../lib/profile';
import { Environment } from '../../lib/protocol';
import { missingRights, statementsOfCaller } from '../../local/scaling';
import { handler, predicted, resource, shop, text } from './fixtures';

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** Rights of the floor controller, its own and those to each target: each action with what it may be used on. */
function rights(template: Template) {
  const role = resource(template, 'AWS::IAM::Role', 'BreakwaterFloorController').id;
  const own = Object.values(template.findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: role }] } }));
  const statements = own.flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
  return statements.flatMap(({ Action, Resource, Condition }) =>
    [Action].flat().map((action) => ({ action, on: text(Resource), when: Condition })),
  );
}

describe('FloorController', () => {
  test('has little memory, a timeout of a minute, and its table’s name', () => {
    const template = predicted().template();
    const { Properties } = resource(template, 'AWS::Lambda::Function', 'BreakwaterFloorController');
    const table = resource(template, 'AWS::DynamoDB::Table').id;
    expect(Properties).toMatchObject({
      MemorySize: 256,
      Timeout: 60,
      Environment: {
        Variables: {
          BREAKWATER_NAME: 'floor-controller',
          BREAKWATER_CAPACITY_TABLE: { Ref: table },
          BREAKWATER_STACK: 'Shop',
        },
      },
    });
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test.each([
    [2, 256],
    [5, 512],
  ])('with %i targets of ten indicators each has %i MB', (targets, memory) => {
    const { stack, template } = predicted();
    const others = Array.from({ length: 10 }, (_, i) => new AliasedFunction(stack, `Other${i}`, { handler }));
    for (let i = 0; i < targets - 1; i++) {
      const target = new AliasedFunction(stack, `Target${i}`, {
        handler,
        scaling: Scaling.provisioned({ min: 1, max: 9 }),
      });
      new PredictiveScaling(stack, `Ahead${i}`, { target, indicators: others });
    }
    expect(resource(template(), 'AWS::Lambda::Function', 'BreakwaterFloorController').Properties).toMatchObject({
      MemorySize: memory,
    });
  });

  test('isn’t retried for a past minute', () => {
    expect(resource(predicted().template(), 'AWS::Lambda::EventInvokeConfig').Properties).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      Qualifier: expect.anything(),
    });
  });

  test('stores each target’s data encrypted, and the profile decides whether it is retained', () => {
    const table = resource(predicted().template(), 'AWS::DynamoDB::Table');
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        KeySchema: [
          { AttributeName: 'target', KeyType: 'HASH' },
          { AttributeName: 'part', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
    expect(text((table.Properties['SSESpecification'] as Record<string, unknown>)['KMSMasterKeyId'])).toBe(
      '<BreakwaterKeyringcontrol>.Arn',
    );
  });

  test('uses the strictest of the given profiles', () => {
    const stack = new Stack(new App({ context: {} }), 'Shop');
    FloorController.of(stack, DeploymentProfile.SANDBOX);
    FloorController.of(stack, DeploymentProfile.PRODUCTION);
    expect(resource(Template.fromStack(stack), 'AWS::DynamoDB::Table').DeletionPolicy).toBe('Retain');
  });

  test('is deleted with a sandbox', () => {
    const stack = new Stack(new App({ context: {} }), 'Shop');
    FloorController.of(stack, DeploymentProfile.SANDBOX);
    expect(resource(Template.fromStack(stack), 'AWS::DynamoDB::Table')).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    });
  });

  test('has exactly these permissions', () => {
    const alias = '<CheckoutLive>';
    const alarms =
      'arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:TargetTracking-function:<CheckoutFunction>:live-*';
    const targets = 'arn:<AWS::Partition>:application-autoscaling:<AWS::Region>:<AWS::AccountId>:scalable-target/*';
    const role =
      'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/aws-service-role/lambda.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency';
    const own = /^(logs|xray|kms):/;
    const found = rights(predicted().template()).filter(({ action }) => !own.test(action));
    expect(found.map(({ action, on }) => `${action} on ${on}`).sort()).toEqual(
      [
        ...['DeleteItem', 'GetItem', 'PutItem', 'Query'].map(
          (action) => `dynamodb:${action} on <BreakwaterFloorControllerCapacityTable>.Arn`,
        ),
        ...['DescribeScalableTargets', 'DescribeScalingPolicies'].map(
          (action) => `application-autoscaling:${action} on *`,
        ),
        'cloudwatch:DescribeAlarms on *',
        'cloudwatch:GetMetricData on *',
        'lambda:GetAccountSettings on *',
        ...[
          'DeleteScalingPolicy',
          'DeleteScheduledAction',
          'DeregisterScalableTarget',
          'PutScalingPolicy',
          'PutScheduledAction',
          'RegisterScalableTarget',
          'RegisterScalableTarget',
          'TagResource',
        ].map((action) => `application-autoscaling:${action} on ${targets}`),
        `iam:CreateServiceLinkedRole on ${role}`,
        'lambda:GetAlias on <CheckoutFunction>.Arn',
        ...['Delete', 'Get', 'Put'].map((verb) => `lambda:${verb}ProvisionedConcurrencyConfig on ${alias}`),
        ...['Delete', 'Get', 'Put'].map((verb) => `lambda:${verb}ProvisionedConcurrencyConfig on *`),
        ...[alarms, 'arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*'].flatMap((on) =>
          ['DeleteAlarms', 'PutMetricAlarm'].map((action) => `cloudwatch:${action} on ${on}`),
        ),
      ].sort(),
    );
  });

  test('changes only targets with the tag of its stack, and tags only those without it', () => {
    const concurrency = {
      'application-autoscaling:service-namespace': 'lambda',
      'application-autoscaling:scalable-dimension': 'lambda:function:ProvisionedConcurrency',
    };
    const found = rights(predicted().template());
    const conditions = (prefix: RegExp) => found.filter(({ action }) => prefix.test(action)).map(({ when }) => when);
    const changes = conditions(/^application-autoscaling:(Delete|Deregister|Put|Register)/);
    const isTagged = { StringEquals: { ...concurrency, 'aws:ResourceTag/breakwater:stack': 'Shop' } };
    const isNew = { StringEquals: { ...concurrency, 'aws:RequestTag/breakwater:stack': 'Shop' } };
    expect(changes.filter((when) => JSON.stringify(when) !== JSON.stringify(isTagged))).toEqual([isNew]);
    expect(conditions(/:TagResource$/)).toEqual([
      {
        StringEquals: { 'aws:RequestTag/breakwater:stack': 'Shop' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['breakwater:stack'] },
        Null: { 'aws:ResourceTag/breakwater:stack': 'true' },
      },
    ]);
    expect(conditions(/^iam:/)).toEqual([
      { StringEquals: { 'iam:AWSServiceName': 'lambda.application-autoscaling.amazonaws.com' } },
    ]);
  });

  test('has wildcard permissions for alarms and concurrency only through Application Auto Scaling', () => {
    const wide = rights(predicted().template()).filter(
      ({ action, on }) => /Alarms?$|ProvisionedConcurrencyConfig$/.test(action) && /(^|:alarm:)\*$/.test(on),
    );
    expect(wide.filter(({ when }) => when === undefined).map(({ action }) => action)).toEqual([
      'cloudwatch:DescribeAlarms',
    ]);
    const through = { StringEquals: { 'aws:CalledViaLast': 'application-autoscaling.amazonaws.com' } };
    for (const { action, when } of wide) if (action !== 'cloudwatch:DescribeAlarms') expect(when).toEqual(through);
  });

  describe('has every permission that Application Auto Scaling requires of its caller', () => {
    const statements = () =>
      statementsOfCaller(predicted().template().toJSON()['Resources'] as never, Environment.CAPACITY_TABLE);
    test('as it is deployed', () => {
      expect(missingRights(statements())).toEqual([]);
    });

    test.each([
      ['cloudwatch:DescribeAlarms', 'ReadsWithoutResources'],
      ['cloudwatch:PutMetricAlarm', 'CheckedAlarms'],
      ['lambda:PutProvisionedConcurrencyConfig', 'CheckedConcurrency'],
    ])('and lacks %s without the statement %s', (action, sid) => {
      const left = statements().filter((one) => (one as { readonly Sid?: string }).Sid !== sid);
      expect(missingRights(left)).toContain(action);
    });
  });

  test('acknowledges the scanners’ findings on wildcards and inline policies', () => {
    const { stack, template } = predicted();
    const wild = rights(template())
      .map(({ on }) => on)
      .filter((on) => on.endsWith('*'));
    const acknowledged = (scope: IConstruct) =>
      scope.node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) => Object.keys(data as object));
    const controller = FloorController.of(stack);
    const policies = controller.node.findAll().filter((found) => found instanceof Policy);
    const [shared, own] = policies;
    expect(policies).toHaveLength(2);
    const reasons = [...acknowledged(controller.function.role), ...acknowledged(own!)]
      .map((id) => /IAM5\[Resource::(.*)\]$/.exec(id)?.[1]?.replace(/[0-9A-F]{8}>/g, '>'))
      .filter((name) => name !== undefined);
    expect(new Set(wild).size).toBe(4);
    expect(new Set(reasons)).toEqual(new Set(wild));
    for (const bearer of [shared!.node.scope!, own!]) {
      expect(acknowledged(bearer).join()).toContain('NIST.800.53.R5-IAMNoInlinePolicy');
    }
  });

  test('exists once in a stack, and can be found', () => {
    const { stack, template } = predicted();
    expect(FloorController.of(stack)).toBe(FloorController.of(stack));
    expect(stack.resolve(FloorController.of(stack).table.tableName)).toEqual({
      Ref: resource(template(), 'AWS::DynamoDB::Table').id,
    });
  });

  test('fails if another construct has its id', () => {
    const { stack, checkout } = shop();
    new Bucket(stack, 'BreakwaterFloorController');
    expect(() => new PredictiveScaling(stack, 'Ahead', { target: checkout })).toThrow(
      "Shop/BreakwaterFloorController: id must not be 'BreakwaterFloorController', because each stack reserves this id for its floor controller; rename this construct",
    );
  });
});
