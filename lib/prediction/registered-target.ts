import { ArnFormat, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AliasedFunction } from '../functions';
import { acknowledgeParts } from '../keyring';
import { CAPACITY } from '../protocol';
import { acknowledge } from '../validation';

/**
 * Registering takes a second or two. Without a limit, a function that can't start would hold the
 * stack for an hour.
 */
const DEPLOYMENT_TIMEOUT = Duration.minutes(5);

/**
 * One alias at Application Auto Scaling, with the floor controller's rights to it.
 *
 * Each target has a policy of its own, which CloudFormation deletes after the target's
 * registration. CloudFormation updates remaining resources before it deletes others. So in a policy
 * shared by all targets, the rights needed to deregister a target would be gone by then.
 *
 * Its id follows from the target's path, not from the construct that asked for it. Renaming that
 * construct doesn't register the same alias again and then deregister it. Another function is
 * another registration with other rights.
 */
export class RegisteredTarget extends Construct {
  /** Registers the alias, and deregisters it when the resource is deleted. */
  public readonly registration: CustomResource;

  /**
   * @param controller function of the floor controller
   * @param target function that is scaled
   * @param description the `CapacityTarget`, as JSON
   */
  public constructor(scope: Construct, controller: AliasedFunction, target: AliasedFunction, description: string) {
    super(scope, idOf(scope, target));
    const rights = this.rightsOf(controller, target);
    // Not AWS::ApplicationAutoScaling::ScalableTarget: a moved floor would be drift, and each
    // deployment would reset it.
    this.registration = new CustomResource(this, 'Registration', {
      serviceToken: controller.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: CAPACITY.resourceType,
      properties: { Target: description },
    });
    // The alias must exist before it is registered. The rights must outlive the registration, which
    // uses them to end.
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
        // Lambda checks GetAlias on the function, and the rights below on the alias.
        new PolicyStatement({ actions: ['lambda:GetAlias'], resources: [target.function.functionArn] }),
        // Application Auto Scaling uses the caller's rights to provision and to write the two
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
      'Application Auto Scaling chooses the end of the names of its two alarms of an alias',
    );
    acknowledge(rights, {
      id: 'NIST.800.53.R5-IAMNoInlinePolicy',
      reason:
        'Only the floor controller has this role, and CloudFormation deletes these rights with one of its targets',
    });
    return rights;
  }
}

/**
 * Path of the target, without its stack if that is this one. It changes only if the function's
 * logical id changes.
 */
function idOf(scope: Construct, { node: { path } }: AliasedFunction): string {
  const stack = `${Stack.of(scope).node.path}/`;
  return path.startsWith(stack) ? path.slice(stack.length) : path;
}
