import { Aws, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge, invalid, mustBe, type PropChecks } from '../validation';

/**
 * Props that connect a function to a VPC. In a VPC, the function can reach an AWS service only
 * through a VPC endpoint or a NAT gateway. `docs/vpc.md` lists the endpoints.
 */
export interface VpcProps {
  /**
   * VPC that the function's network interfaces are in.
   * @default - the function isn't connected to a VPC
   */
  readonly vpc?: IVpc;

  /**
   * Subnets of the VPC. A function in a public subnet can't reach the internet.
   * @default - the VPC's private subnets
   */
  readonly vpcSubnets?: SubnetSelection;

  /**
   * Security groups of the network interfaces, up to 5.
   * @default - a new security group that allows all outbound traffic
   */
  readonly securityGroups?: ISecurityGroup[];
}

/** Names of the props, for the check for unknown props. */
export const VPC_PROPS: PropChecks<VpcProps> = {
  vpc: mustBe.object<IVpc>('IVpc', 'selectSubnets'),
  vpcSubnets: mustBe.anObject,
  securityGroups: mustBe.listOf(mustBe.object<ISecurityGroup>('ISecurityGroup', 'securityGroupId')),
};

/** Actions that Lambda needs for the network interfaces of a function. */
const INTERFACE_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * Checks the VPC props and returns them.
 * @throws BreakwaterError if subnets or security groups are given without a VPC
 */
export function checkedVpcProps(scope: Construct, { vpc, vpcSubnets, securityGroups }: VpcProps): VpcProps {
  if (vpc === undefined && (vpcSubnets !== undefined || securityGroups !== undefined)) {
    const given = vpcSubnets === undefined ? 'securityGroups' : 'vpcSubnets';
    throw invalid(scope, 'vpc', `must be set if '${given}' is set, got none`);
  }
  return { vpc, vpcSubnets, securityGroups };
}

/**
 * Lets Lambda manage the network interfaces of a function. A second statement denies these actions
 * to the function's own code, as the AWS Lambda Developer Guide advises ("Giving Lambda functions
 * access to resources in an Amazon VPC").
 */
export function allowNetworkInterfaces(role: Role): void {
  const { partition } = Stack.of(role);
  role.addToPolicy(new PolicyStatement({ sid: 'NetworkInterfaces', actions: INTERFACE_ACTIONS, resources: ['*'] }));
  role.addToPolicy(
    new PolicyStatement({
      sid: 'NotByOwnCode',
      effect: Effect.DENY,
      actions: INTERFACE_ACTIONS,
      resources: ['*'],
      conditions: {
        ArnLike: { 'lambda:SourceFunctionArn': `arn:${partition}:lambda:*:${Aws.ACCOUNT_ID}:function:*` },
      },
    }),
  );
  const reason = 'Lambda refuses a function whose role states resources for these actions; its own code is denied them';
  acknowledge(role, { id: 'AwsSolutions-IAM5[Resource::*]', reason }, { id: 'CKV_AWS_111', reason });
}
