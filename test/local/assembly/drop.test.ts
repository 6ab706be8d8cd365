import { danglingReferences, dropUnsupported, type Resource, replaceAttributes } from '../../../local/assembly';

const KNOWN = new Set([
  'AWS::SQS::Queue',
  'AWS::CloudWatch::Alarm',
  'AWS::EC2::Route',
  'AWS::EC2::VPC',
  'AWS::ApiGatewayV2::Stage',
  'AWS::Cognito::UserPool',
]);
const at = (path: string, Type: string, rest: object = {}): Resource => ({
  Type,
  ...rest,
  Metadata: { 'aws:cdk:path': path },
});
const filter = (Resources: Record<string, Resource>, rest: object = {}, props: object = {}) =>
  dropUnsupported({ Resources, ...rest }, { known: KNOWN, ...props });

test('parts that are useless without a dropped resource are removed too: routes, DependsOn, outputs', () => {
  const { template, dropped, refused } = filter(
    {
      Gateway: at('S/Gateway', 'AWS::EC2::NatGateway', {
        Properties: { AllocationId: { 'Fn::GetAtt': ['Ip', 'Id'] } },
      }),
      Ip: at('S/Ip', 'AWS::EC2::EIP'),
      Route: at('S/Route', 'AWS::EC2::Route', { Properties: { NatGatewayId: { Ref: 'Gateway' } } }),
      Other: at('S/Other', 'AWS::EC2::Route', { Properties: { GatewayId: 'igw-1' } }),
      Queue: at('S/Queue', 'AWS::SQS::Queue', { DependsOn: ['Route', 'Other'] }),
      Late: at('S/Late', 'AWS::SQS::Queue', { DependsOn: 'Gateway' }),
    },
    { Outputs: { Address: { Value: { Ref: 'Ip' } }, Url: { Value: { Ref: 'Queue' } } } },
  );
  expect(refused).toEqual([]);
  expect(dropped.map(({ path, logicalId }) => path ?? logicalId)).toEqual(['S/Gateway', 'S/Ip', 'S/Route', 'Address']);
  expect(dropped[2]!.what).toBe('useless without S/Gateway');
  expect(Object.keys(template.Resources)).toEqual(['Other', 'Queue', 'Late']);
  expect(template.Resources['Queue']!.DependsOn).toEqual(['Other']);
  expect(template.Resources['Late']).not.toHaveProperty('DependsOn');
  expect(Object.keys(template.Outputs!)).toEqual(['Url']);
  expect(danglingReferences(template)).toEqual([]);
});

test('a property that may be absent goes with what it refers to', () => {
  const { template, refused } = filter({
    Deployed: at('S/Deployed', 'AWS::ApiGatewayV2::Deployment'),
    Stage: at('S/Stage', 'AWS::ApiGatewayV2::Stage', {
      Properties: { StageName: 'dev', DeploymentId: { Ref: 'Deployed' } },
    }),
  });
  expect(refused).toEqual([]);
  expect(template.Resources['Stage']!.Properties).toEqual({ StageName: 'dev' });
});

test('everything that cannot be deployed is refused at once, with construct paths, types and users', () => {
  const { refused } = filter({
    Cluster: at('S/Cluster/Resource', 'AWS::MSK::Cluster'),
    Ip: at('S/Ip', 'AWS::EC2::EIP'),
    Alone: at('S/Alone', 'AWS::Glacier::Vault'),
    Queue: at('S/Queue', 'AWS::SQS::Queue', { Properties: { A: { Ref: 'Cluster' }, B: { 'Fn::Sub': `$\{Ip}` } } }),
  });
  expect(refused.map(({ path, type, why }) => `${path} ${type} ${why}`)).toEqual([
    expect.stringMatching(/^S\/Cluster AWS::MSK::Cluster .* used by S\/Queue\.A$/),
    expect.stringMatching(/^S\/Ip AWS::EC2::EIP .* used by S\/Queue\.B$/),
    expect.stringMatching(/^S\/Alone AWS::Glacier::Vault .*--without-unsupported leaves it out$/),
  ]);
});

test('--without-unsupported leaves out what nothing refers to, but no queue, table, bucket, topic, API or function', () => {
  const resources = {
    Alone: at('S/Alone', 'AWS::Glacier::Vault'),
    Used: at('S/Used', 'AWS::MSK::Cluster'),
    Queue: at('S/Queue', 'AWS::SQS::Queue', { Properties: { A: { Ref: 'Used' } } }),
    Table: at('S/Table', 'AWS::Cassandra::Table'),
    Api: at('S/Api', 'AWS::New::GraphQLApi'),
    Stream: at('S/Stream', 'AWS::KinesisVideo::Stream'),
  };
  const { dropped, refused } = filter(resources, {}, { withoutUnsupported: true });
  expect(dropped.map(({ logicalId }) => logicalId)).toEqual(['Alone', 'Used']);
  expect(refused.map(({ path }) => path)).toEqual(['S/Used', 'S/Table', 'S/Api', 'S/Stream']);
});

test('outputs that another stack imports stay, so that what they refer to is refused', () => {
  const outputs = { Outputs: { Ip: { Value: { Ref: 'Ip' }, Export: { Name: 'ip' } } } };
  const resources = { Ip: at('S/Ip', 'AWS::EC2::EIP') };
  expect(filter(resources, outputs).refused[0]!.why).toMatch(/used by output Ip/);
  const nested = { Outputs: { Ip: { Value: { Ref: 'Ip' } } } };
  expect(filter(resources, nested, { outputsAreUsed: true }).refused).toHaveLength(1);
  expect(filter(resources, nested).refused).toEqual([]);
});

test('custom resources and known types stay, whatever they are', () => {
  const resources = { Mine: at('S/Mine', 'Custom::Anything'), Queue: at('S/Queue', 'AWS::SQS::Queue') };
  const { template, dropped, refused } = filter(resources);
  expect([dropped, refused]).toEqual([[], []]);
  expect(template.Resources).toEqual(resources);
});

test('attributes that the emulator lacks are taken from the template', () => {
  const Vpc = at('S/Vpc', 'AWS::EC2::VPC', { Properties: { CidrBlock: '10.1.0.0/16' } });
  const Pool = at('S/Pool', 'AWS::Cognito::UserPool');
  const getAtt = (...parts: string[]) => ({ 'Fn::GetAtt': parts });
  const user = {
    Cidr: [getAtt('Vpc', 'CidrBlock')],
    Issuer: getAtt('Pool', 'ProviderURL'),
    Arn: getAtt('Pool', 'Arn'),
  };
  const { template, replaced } = replaceAttributes({
    Resources: { Vpc, Pool, Queue: at('S/Queue', 'AWS::SQS::Queue', { Properties: user }) },
  });
  expect(template.Resources['Queue']!.Properties).toEqual({
    Cidr: ['10.1.0.0/16'],
    Issuer: { 'Fn::Sub': `https://cognito-idp.$\{AWS::Region}.$\{AWS::URLSuffix}/$\{Pool}` },
    Arn: user.Arn,
  });
  expect(replaced.map(({ path }) => path)).toEqual(['S/Vpc', 'S/Pool']);
});
