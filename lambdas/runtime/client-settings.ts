import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { Environment as Names } from '../../lib/protocol';
import { Sha256 } from './sha256';

type Environment = Readonly<Record<string, string | undefined>>;

const ignore = () => undefined;

/**
 * Writes nothing, as the SDK's own default. It has no `info`, because the SDK prepares a line for
 * `info` at each call, whether the line is written or not.
 */
const QUIET = { trace: ignore, debug: ignore, warn: ignore, error: ignore } as unknown as NonNullable<
  DynamoDBClientConfig['logger']
>;

/**
 * Settings of an SDK client from the environment, with the SDK's own defaults. Without them the SDK
 * also looks for files in ~/.aws, which a function doesn't have, and its first answer comes later.
 */
export function clientSettings(environment: Environment = process.env) {
  return {
    region: environment['AWS_REGION'],
    defaultsMode: 'legacy',
    retryMode: environment['AWS_RETRY_MODE'] ?? 'standard',
    useFipsEndpoint: isTrue(environment['AWS_USE_FIPS_ENDPOINT']),
    useDualstackEndpoint: isTrue(environment['AWS_USE_DUALSTACK_ENDPOINT']),
    ignoreConfiguredEndpointUrls: !Object.keys(environment).some((name) => name.startsWith('AWS_ENDPOINT_URL')),
    disableClockSkewCorrection: isTrue(environment['AWS_DISABLE_CLOCK_SKEW_CORRECTION']),
    // DynamoDB and SQS know one scheme only.
    authSchemePreference: [] as string[],
    userAgentAppId: () => Promise.resolve(environment['AWS_SDK_UA_APP_ID']),
    logger: QUIET,
    sha256: Sha256,
  } as const;
}

/** The settings of a DynamoDB client. */
export function dynamoSettings(environment: Environment = process.env) {
  const endpoint = isTrue(environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'])
    ? undefined
    : environment['AWS_ENDPOINT_URL_DYNAMODB'] || environment['AWS_ENDPOINT_URL'];
  return {
    ...clientSettings(environment),
    ignoreConfiguredEndpointUrls: true,
    ...(endpoint && { endpoint }),
    accountIdEndpointMode: (environment['AWS_ACCOUNT_ID_ENDPOINT_MODE'] ?? 'preferred') as 'preferred',
  } as const;
}

/**
 * Timeout of a call in milliseconds: `ms`, or longer where the environment says that AWS is a slow
 * emulator.
 */
export function timeoutMs(ms: number, environment: Environment = process.env): number {
  const factor = Number(environment[Names.TIMEOUT_FACTOR] ?? 1);
  return factor > 1 ? ms * factor : ms;
}

function isTrue(value: string | undefined): boolean {
  return value === 'true';
}
