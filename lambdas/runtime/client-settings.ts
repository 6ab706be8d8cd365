import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { Environment as Names } from '../../lib/protocol';
import { Sha256 } from './sha256';

type Environment = Readonly<Record<string, string | undefined>>;

const ignore = () => undefined;

/**
 * A logger that writes nothing, like the SDK's default. It has no `info` function, because the SDK
 * would then prepare an info line at each call.
 */
const QUIET = { trace: ignore, debug: ignore, warn: ignore, error: ignore } as unknown as NonNullable<
  DynamoDBClientConfig['logger']
>;

/**
 * Settings of an SDK client: values from the environment, otherwise the SDK's defaults. Without
 * explicit settings the SDK also looks for files in ~/.aws, which a function doesn't have. This
 * search would make the first answer slower.
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
    // DynamoDB and SQS have only one authentication scheme.
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
 * Timeout of a call in milliseconds. The environment may contain a factor for slow emulators of
 * AWS.
 */
export function timeoutMs(ms: number, environment: Environment = process.env): number {
  const factor = Number(environment[Names.TIMEOUT_FACTOR] ?? 1);
  return factor > 1 ? ms * factor : ms;
}

function isTrue(value: string | undefined): boolean {
  return value === 'true';
}
