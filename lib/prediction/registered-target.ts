import { ArnFormat, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AliasedFunction } from '../functions';
import { acknowledgeParts } from '../keyring';
import { CAPACITY } from '../protocol';
import { acknowledge } from '../validation';

/**
 * A registration takes one or two seconds. Without this limit, CloudFormation would wait an hour if
 * the function can't start.
 */
const DEPLOYMENT_TIMEOUT = Duration.minutes(5);

/**
 * Registers one alias at Application Auto Scaling, and gives the floor controller permissions for
 * it.
 *
 * Each target has its own policy, because CloudFormation deletes this policy after the target's
 * registration. With one policy for all targets, the removal of a target would update the policy.
 * CloudFormation updates resources before it deletes others. So when the registration is deleted,
 * the permission to deregister would be missing.
 *
 * The construct's ID depends on the target's path, not on the `PredictiveScaling`. So if an app
 * renames a `PredictiveScaling`, the registration remains. With another ID, CloudFormation would
 * register the same alias again, and then deregister it.
 */
export class RegisteredTarget extends Construct {
  /** Registers the alias, and deregisters it when the resource is deleted. */
  public readonly registration: CustomResource;

  /**
   * @param controller function of the floor controller
   * @param target function to scale
   * @param description the `CapacityTarget`, as JSON
   */
  public constructor(scope: Construct, controller: AliasedFunction, target: AliasedFunction, description: string) {
    super(scope, idOf(scope, target));
    const rights = this.rightsOf(controller, target);
    // This isn't an AWS::ApplicationAutoScaling::ScalableTarget, because CloudFormation would treat
    // a changed floor as drift, and a deployment would reset the floor.
    this.registration = new CustomResource(this, 'Registration', {
      serviceToken: controller.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: CAPACITY.resourceType,
      properties: { Target: description },
    });
    // The alias must exist before it is registered. The permissions must exist until it is
    // deregistered.
    this.registration.node.addDependency(target.alias, controller.role, rights);
  }

  private rightsOf(controller: AliasedFunction, target: AliasedFunction): Policy {
    const alarms = Stack.of(this).formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: `TargetTracking-function:${target.function.functionName}:${target.alias.aliasName}-`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const rights = new Policy(this, 'Rights', {
      roles: [controller.role],
      statements: [
        // Lambda checks GetAlias on the function, and the actions below on the alias.
        new PolicyStatement({ actions: ['lambda:GetAlias'], resources: [target.function.functionArn] }),
        // Application Auto Scaling uses its caller's permissions to provision, and to write the two
        // alarms of a target.
        new PolicyStatement({
          actions: [
            'lambda:DeleteProvisionedConcurrencyConfig',
            'lambda:GetProvisionedConcurrencyConfig',
            'lambda:PutProvisionedConcurrencyConfig',
          ],
          resources: [target.alias.functionArn],
        }),
        new PolicyStatement({
          actions: ['cloudwatch:DeleteAlarms', 'cloudwatch:PutMetricAlarm'],
          resources: [`${alarms}*`],
        }),
      ],
    });
    acknowledgeParts(
      rights,
      this,
      alarms,
      '*',
      'Application Auto Scaling chooses the last part of the names of its two alarms for an alias',
    );
    acknowledge(rights, {
      id: 'NIST.800.53.R5-IAMNoInlinePolicy',
      reason:
        'Only the floor controller has this role, and CloudFormation deletes this policy together with its target',
    });
    return rights;
  }
}

/**
 * Returns the path of the target. If the target is in this stack, the path has no stack name. So
 * the ID changes only if the function's logical ID changes.
 */
function idOf(scope: Construct, { node: { path } }: AliasedFunction): string {
  const stack = `${Stack.of(scope).node.path}/`;
  return path.startsWith(stack) ? path.slice(stack.length) : path;
}
