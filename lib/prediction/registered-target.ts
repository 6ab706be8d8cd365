import { ArnFormat, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AliasedFunction } from '../functions';
import { acknowledgeParts } from '../keyring';
import { CAPACITY } from '../protocol';
import { acknowledge } from '../validation';

/** Registering takes a second or two; a function that can't start must not hold the stack for an hour. */
const DEPLOYMENT_TIMEOUT = Duration.minutes(5);

/**
 * One alias at Application Auto Scaling, and what the floor controller may do to it.
 *
 * CloudFormation updates what stays before it deletes what goes. Rights in a policy that all targets share would be gone by the time that
 * one of them is deregistered and cooled down. So each has its own, which goes after its registration.
 *
 * Its id follows the target's, not that of who asked: another function is another registration with other rights, and the same one isn't
 * registered twice, and then deregistered, because a construct was renamed.
 */
export class RegisteredTarget extends Construct {
  /** Registers the alias, and deregisters it when it goes. */
  public readonly registration: CustomResource;

  /**
   * @param controller who scales it
   * @param target what is scaled
   * @param description what the floor controller is told of it, as JSON
   */
  public constructor(scope: Construct, controller: AliasedFunction, target: AliasedFunction, description: string) {
    super(scope, idOf(scope, target));
    const rights = this.rightsOf(controller, target);
    // Not a scalable target of CloudFormation's: the floor that moves would be drift, and every deployment would set it back.
    this.registration = new CustomResource(this, 'Registration', {
      serviceToken: controller.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: CAPACITY.resourceType,
      properties: { Target: description },
    });
    // An alias must be there to be registered, and what deregisters it must still have its rights then.
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
        // Lambda asks for the first on the function, and for the others on the alias.
        new PolicyStatement({ actions: ['lambda:GetAlias'], resources: [target.function.functionArn] }),
        // Application Auto Scaling registers an alias, and makes its alarms, only for who could do the same.
        new PolicyStatement({
          actions: [
            'lambda:DeleteProvisionedConcurrencyConfig',
            'lambda:GetProvisionedConcurrencyConfig',
            'lambda:PutProvisionedConcurrencyConfig',
          ],
          resources: [target.alias.functionArn],
        }),
        new PolicyStatement({
          actions: ['cloudwatch:DeleteAlarms', 'cloudwatch:DescribeAlarms', 'cloudwatch:PutMetricAlarm'],
          resources: [`${alarms}*`],
        }),
      ],
    });
    acknowledgeParts(
      rights,
      this,
      alarms,
      '*',
      'Application Auto Scaling ends the names of its two alarms of an alias as it likes',
    );
    acknowledge(rights, {
      id: 'NIST.800.53.R5-IAMNoInlinePolicy',
      reason: 'The role is the floor controller’s alone, and these rights come and go with one target of it',
    });
    return rights;
  }
}

/** Path of the target, within the stack if it is there: it changes when the function's logical id does, and then only. */
function idOf(scope: Construct, { node: { path } }: AliasedFunction): string {
  const stack = `${Stack.of(scope).node.path}/`;
  return path.startsWith(stack) ? path.slice(stack.length) : path;
}
