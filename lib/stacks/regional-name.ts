import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { rootStack } from './root-stack';
import { digest } from './short-hash';

/**
 * Maximum characters of a name's first part. Of 64 characters, the hash needs 16, the longest
 * Region 15 and the hyphens 2.
 */
const MAX_PART_CHARACTERS = 30;

/**
 * Returns a name for a resource of a global service, such as CloudFront or IAM. It has at most 64
 * characters and is unique in the account. It contains the Region, so that a stack can be deployed
 * to several Regions. It also contains a hash of the stack's name and the construct's path. So a
 * stack can be deployed under several names, and can have several such constructs.
 */
export function regionalName(scope: IConstruct, part: string): string {
  const owner = digest(`${rootStack(scope).stackName} ${scope.node.path}`).slice(0, 16);
  return `${part.slice(0, MAX_PART_CHARACTERS)}-${owner}-${Stack.of(scope).region}`;
}
