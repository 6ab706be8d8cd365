import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildShop } from '../../bin/app';

type Resources = Record<
  string,
  { Type: string; Properties?: Record<string, unknown>; Metadata?: Record<string, unknown> }
>;
interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

/** Actions that AWS checks without a resource: traces, and reads of the floor controller. */
const WITHOUT_RESOURCES = new Set([
  'application-autoscaling:DescribeScalableTargets',
  'application-autoscaling:DescribeScalingPolicies',
  'cloudwatch:DescribeAlarms',
  'cloudwatch:GetMetricData',
  'dynamodb:ListStreams',
  'lambda:GetAccountSettings',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
]);

/** Logical ids end in eight digits of a hash, and hashed names in as many: noise to a reviewer. */
const plain = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/\{"Fn::GetAtt":\["([A-Za-z0-9]+?)(?:[0-9A-F]{8})?","Arn"\]\}/g, '$1')
    .replace(/\{"Ref":"([A-Za-z0-9:]+?)(?:[0-9A-F]{8})?"\}/g, '$1')
    .replace(/\b[0-9a-f]{64}\b/g, 'HASH')
    .replaceAll('"', '');

const list = (value: string | string[]): string => (Array.isArray(value) ? value : [value]).join(' ');

function statements(resource: Resources[string]): string[] {
  const document = (resource.Properties?.['PolicyDocument'] ?? resource.Properties?.['KeyPolicy']) as {
    Statement: Statement[];
  };
  return document.Statement.map(
    ({ Effect, Action, Resource, Condition }) =>
      `${Effect} ${list(Action)} on ${plain(Resource)}${Condition === undefined ? '' : ` if ${plain(Condition)}`}`,
  );
}

/**
 * The one snapshot of the project: what a reviewer of the shop wants to see change. Not the template, which says the same in 7,000 lines.
 */
describe('the shop', () => {
  const template = Template.fromStack(buildShop(new App({ context: { profile: 'production' } }))).toJSON() as {
    Resources: Resources;
  };
  const resources = Object.entries(template.Resources);
  const named = (type: string) => resources.filter(([, { Type }]) => Type === type);
  const withoutHash = (id: string) => id.replace(/[0-9A-F]{8}$/, '');

  test('has these resources', () => {
    const counts: Record<string, number> = {};
    for (const [, { Type }] of resources) counts[Type] = (counts[Type] ?? 0) + 1;
    expect(Object.fromEntries(Object.entries(counts).sort())).toMatchSnapshot();
  });

  test('lets each role do this', () => {
    const rights = named('AWS::IAM::Policy').map(([id, policy]) => [withoutHash(id), statements(policy)]);
    expect(Object.fromEntries(rights)).toMatchSnapshot();
  });

  test('lets queues and buckets be used like this', () => {
    const policies = [...named('AWS::SQS::QueuePolicy'), ...named('AWS::S3::BucketPolicy')];
    expect(Object.fromEntries(policies.map(([id, policy]) => [withoutHash(id), statements(policy)]))).toMatchSnapshot();
  });

  test('opens these routes at the edge, in this order', () => {
    const [[, distribution]] = named('AWS::CloudFront::Distribution') as [[string, Resources[string]]];
    const config = distribution.Properties?.['DistributionConfig'] as {
      CacheBehaviors: { PathPattern: string; AllowedMethods: string[]; ViewerProtocolPolicy: string }[];
      DefaultCacheBehavior: { ViewerProtocolPolicy: string };
      HttpVersion: string;
    };
    expect({
      http: config.HttpVersion,
      rest: config.DefaultCacheBehavior.ViewerProtocolPolicy,
      behaviors: config.CacheBehaviors.map(
        (b) => `${b.PathPattern} ${b.AllowedMethods.join(' ')} ${b.ViewerProtocolPolicy}`,
      ),
    }).toMatchSnapshot();
  });

  test('gives no role a wildcard action, and no resource wildcard that a reason does not stand beside', () => {
    const all = named('AWS::IAM::Policy').flatMap(([, policy]) => statements(policy));
    expect(all.filter((text) => /Allow [^ ]*\*/.test(text))).toEqual([]);
    // Rights that only Application Auto Scaling can use, on the role's behalf, name no resource either.
    const through = /if \{StringEquals:\{aws:CalledViaLast:application-autoscaling\.amazonaws\.com\}\}$/;
    const direct = all.filter((text) => !through.test(text));
    const anywhere = direct.flatMap((text) => (/^Allow (.*) on \*/.exec(text)?.[1] ?? '').split(' ').filter(Boolean));
    expect(anywhere.filter((action) => !WITHOUT_RESOURCES.has(action))).toEqual([]);
  });

  test('keeps secrets and account numbers out of its environment', () => {
    for (const [id, { Properties }] of named('AWS::Lambda::Function')) {
      const text = JSON.stringify((Properties?.['Environment'] as object | undefined) ?? {});
      expect([id, /secret|password|private/i.test(text)]).toEqual([id, false]);
    }
  });
});
