import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { rootStack } from './root-stack';
import { digest } from './short-hash';

/** The hash takes 16 of a name's 64 characters, the longest Region 15 and the hyphens 2. */
const MAX_PART_CHARACTERS = 30;

/**
 * A name of at most 64 characters for a resource of a global service, such as CloudFront or IAM,
 * unique in its account. It holds the Region, so that a stack can be deployed to several Regions.
 * It holds a hash of the stack's name and the construct's path. So an account can have the stack
 * under several names, and an app can have several such constructs.
 */
export function regionalName(scope: IConstruct, part: string): string {
  const owner = digest(`${rootStack(scope).stackName} ${scope.node.path}`).slice(0, 16);
  return `${part.slice(0, MAX_PART_CHARACTERS)}-${owner}-${Stack.of(scope).region}`;
}
