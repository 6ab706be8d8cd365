import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * A name for what CloudFront keeps for the whole account: with the Region in it, so that the same stack may be in several, and with the
 * construct's address, so that an app may have several.
 */
export function edgeName(scope: IConstruct, part: string): string {
  return `${part}-${scope.node.addr.slice(0, 16)}-${Stack.of(scope).region}`;
}
