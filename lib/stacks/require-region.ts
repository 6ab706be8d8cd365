import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { REGIONS } from '../limits';
import { invalid } from '../validation';

/**
 * Throws if the stack of a construct is in a Region outside of the `aws` partition. The policies
 * and addresses that this library makes are only valid in that partition.
 */
export function requireAwsPartition(scope: IConstruct): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || !REGIONS.OTHER_PARTITIONS.test(region)) return;
  throw invalid(
    scope,
    'stack',
    `must be in a Region of the aws partition, because other partitions lack CloudFront web ACLs or function URLs, or have other addresses, got ${region}; deploy to a commercial Region, such as us-east-1 or eu-west-1`,
  );
}

/** Throws if the stack of a construct is in a Region without Lambda function URLs. */
export function requireFunctionUrls(scope: IConstruct): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || !(REGIONS.WITHOUT_FUNCTION_URLS as readonly string[]).includes(region)) return;
  throw invalid(
    scope,
    'stack',
    `must be in a Region that has Lambda function URLs, got ${region}, which doesn't have them; deploy modules to another Region. Only tables and workers can be in this Region`,
  );
}
