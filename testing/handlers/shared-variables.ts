import { Environment } from '../../lib/protocol';

/**
 * Returns environment variables that make the AWS SDK call the services in memory. These variables
 * override the machine's settings.
 */
export function sharedVariables(
  endpoint: string,
  [mapTable, ...others]: readonly string[],
): Readonly<Record<string, string | undefined>> {
  return {
    // This is for calls of the test itself. Functions have their own value.
    [Environment.MAP_TABLE]: others.length === 0 ? mapTable : undefined,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
    AWS_REGION: process.env['AWS_REGION'] ?? 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
