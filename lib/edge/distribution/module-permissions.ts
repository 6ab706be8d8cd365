import { Stack } from 'aws-cdk-lib';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { MicroModule } from '../../modules';
import { shortHash } from '../../stacks';

/**
 * Lets a distribution call a module's function URL. Since October 2025, Lambda requires two
 * permissions for such a call. The second permission has a condition that excludes direct
 * invocations.
 */
export function permitCalls(scope: Construct, distribution: Distribution, module: MicroModule): void {
  const sourceArn = Stack.of(scope).formatArn({
    service: 'cloudfront',
    region: '',
    resource: 'distribution',
    resourceName: distribution.distributionId,
  });
  const id = shortHash(module.node.path);
  // The URL belongs to the alias, so a permission on the function has no effect on the URL.
  const functionName = module.function.alias.functionArn;
  const common = { principal: 'cloudfront.amazonaws.com', sourceArn, functionName };
  new CfnPermission(scope, `InvokeUrl${id}`, {
    ...common,
    action: 'lambda:InvokeFunctionUrl',
    functionUrlAuthType: 'AWS_IAM',
  });
  new CfnPermission(scope, `Invoke${id}`, { ...common, action: 'lambda:InvokeFunction', invokedViaFunctionUrl: true });
}
