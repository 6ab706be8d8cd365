import { App, type CfnElement, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import {
  Access,
  AliasedFunction,
  DocumentStore,
  EdgeDistribution,
  Handler,
  MicroModule,
  QueueWorker,
  Route,
  ShardedTable,
  UserPoolIdentity,
} from '../../lib';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');
const partitionKey = { name: 'id', type: AttributeType.STRING };

const PARTS: [string, (scope: Construct) => Construct, string | undefined][] = [
  ['AliasedFunction', (scope) => new AliasedFunction(scope, 'Part', { handler }), 'AWS::Lambda::Function'],
  [
    'MicroModule',
    (scope) => new MicroModule(scope, 'Part', { handler, routes: [Route.get('/', { access: Access.ANYONE })] }),
    'AWS::Lambda::Function',
  ],
  ['QueueWorker', (scope) => new QueueWorker(scope, 'Part', { handler }), 'AWS::Lambda::Function'],
  ['DocumentStore', (scope) => new DocumentStore(scope, 'Part'), 'AWS::S3::Bucket'],
  ['EdgeDistribution', (scope) => new EdgeDistribution(scope, 'Part'), 'AWS::CloudFront::Distribution'],
  [
    'WebAcl',
    (scope) => new EdgeDistribution(scope, 'Part').node.findChild('WebAcl') as Construct,
    'AWS::WAFv2::WebACL',
  ],
  ['UserPoolIdentity', (scope) => new UserPoolIdentity(scope, 'Part'), 'AWS::Cognito::UserPool'],
  // Several resources of the same rank: none is the main one.
  ['ShardedTable', (scope) => new ShardedTable(scope, 'Part', { partitionKey, shards: 2 }), undefined],
];

test.each(PARTS)('the default child of %s is its main resource', (_, make, type) => {
  const stack = new Stack(new App(), 'Shop', { env: { region: 'us-east-1' } });
  const child = make(stack).node.defaultChild as (CfnElement & { cfnResourceType?: string }) | undefined;
  expect(child?.cfnResourceType).toBe(type);
});
