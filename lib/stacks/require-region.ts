import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { REGIONS } from '../limits';
import { invalid } from '../validation';

/**
 * Fails if the stack of a construct is in a Region outside of the `aws` partition. Policies and
 * addresses of this library are those of that partition.
 */
export function requireAwsPartition(scope: IConstruct): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || !REGIONS.OTHER_PARTITIONS.test(region)) return;
  throw invalid(
    scope,
    'stack',
    `must be in a Region of the aws partition, which has CloudFront web ACLs, function URLs and the addresses that policies name, got ${region}; deploy to a commercial Region, such as us-east-1 or eu-west-1`,
  );
}

/** Fails if the stack of a construct is in a Region without Lambda function URLs. */
export function requireFunctionUrls(scope: IConstruct): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || !(REGIONS.WITHOUT_FUNCTION_URLS as readonly string[]).includes(region)) return;
  throw invalid(
    scope,
    'stack',
    `must be in a Region that has Lambda function URLs, got ${region}, which hasn't; deploy modules to another Region. Tables and workers alone can be there`,
  );
}
