import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { type ISecurityGroup, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, Handler, MicroModule, QueueWorker, Route, type VpcProps } from '../../lib';
import { AliasedFunction } from '../../lib/functions';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');
const routes = [Route.get('/search', { access: Access.ANYONE })];

function stackWithVpc() {
  const stack = new Stack(new App(), 'Shop');
  return { stack, vpc: new Vpc(stack, 'Vpc', { natGateways: 1 }) };
}

const PARTS: [string, (stack: Stack, props: VpcProps) => unknown][] = [
  ['AliasedFunction', (stack, props) => new AliasedFunction(stack, 'Part', { handler, ...props })],
  ['MicroModule', (stack, props) => new MicroModule(stack, 'Part', { handler, routes, ...props })],
  ['QueueWorker', (stack, props) => new QueueWorker(stack, 'Part', { handler, ...props })],
];

describe.each(PARTS)('%s in a VPC', (_, make) => {
  test('has its interfaces in the private subnets, with a security group of its own', () => {
    const { stack, vpc } = stackWithVpc();
    make(stack, { vpc });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: {
        SubnetIds: vpc.privateSubnets.map(({ subnetId }) => stack.resolve(subnetId)),
        SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Part'), 'GroupId'] }],
      },
    });
  });

  test('takes other subnets and security groups', () => {
    const stack = new Stack(new App(), 'Shop');
    const subnetConfiguration = [{ name: 'data', subnetType: SubnetType.PRIVATE_ISOLATED }];
    const vpc = new Vpc(stack, 'Vpc', { subnetConfiguration });
    const securityGroups: ISecurityGroup[] = [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')];
    make(stack, { vpc, vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED }, securityGroups });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: {
        SubnetIds: vpc.isolatedSubnets.map(({ subnetId }) => stack.resolve(subnetId)),
        SecurityGroupIds: ['sg-1'],
      },
    });
  });

  test.each(['vpcSubnets', 'securityGroups'])('fails with %s but no VPC', (prop) => {
    const stack = new Stack(new App(), 'Shop');
    const props = { [prop]: prop === 'vpcSubnets' ? {} : [] };
    expect(() => make(stack, props)).toThrow(`Shop/Part: vpc must be set if '${prop}' is set, got none`);
  });
});

test('Lambda may manage the interfaces, and the code of the function may not', () => {
  const { stack, vpc } = stackWithVpc();
  new AliasedFunction(stack, 'Part', { handler, vpc });
  const actions = Match.arrayWith(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface']);
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Allow', Action: actions }),
        Match.objectLike({
          Effect: 'Deny',
          Action: actions,
          Resource: '*',
          Condition: { ArnLike: { 'lambda:SourceFunctionArn': Match.anyValue() } },
        }),
      ]),
    },
  });
});
