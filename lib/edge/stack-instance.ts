import { Aws, Fn } from 'aws-cdk-lib';

/**
 * Returns the last group of the UUID in the stack's id, as a CDK token. CloudFormation gives each
 * creation of a stack another UUID. So a name with this group can't equal the name of a resource
 * that an earlier, deleted stack left behind.
 */
export function stackInstance(): string {
  const uuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return Fn.select(4, Fn.split('-', uuid));
}
