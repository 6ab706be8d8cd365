type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the SDK's clients look for in the environment, then in the files of ~/.aws, then among their defaults. A function has no such files, and
 * to find that out is a part of its first answer: so here is what the environment says, or else the SDK's own default.
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
    // Tables and queues know of one scheme only.
    authSchemePreference: [] as string[],
    userAgentAppId: () => Promise.resolve(environment['AWS_SDK_UA_APP_ID']),
  } as const;
}

/** The same for DynamoDB. */
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

function isTrue(value: string | undefined): boolean {
  return value === 'true';
}
