/**
 * Quotas of one CloudFront distribution, read in November 2026. The library enforces the default
 * values, because synth can't know whether an account's quota was raised. Quotas of an account are
 * in accounts.ts. Source: Amazon CloudFront Developer Guide, "Quotas"
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html).
 */
export const CLOUDFRONT = {
  /** Cache behaviours of a distribution, the default one included. */
  MAX_CACHE_BEHAVIORS: 75,
  /** Origins of a distribution. */
  MAX_ORIGINS: 100,
  /** Alternate domain names of a distribution. */
  MAX_DOMAIN_NAMES: 100,
  /** Seconds that CloudFront waits for an origin's answer. */
  MAX_ORIGIN_READ_SECONDS: 120,
  /** Characters of a cache behaviour's path pattern. */
  MAX_PATH_PATTERN_CHARACTERS: 255,
  /** Query parameters in the list of a cache policy. */
  MAX_CACHE_POLICY_QUERY_STRINGS: 10,
  /** Bytes of a function's code. */
  MAX_FUNCTION_BYTES: 10 * 1024,
  /** Characters in the names of functions, policies and origin access controls. */
  MAX_NAME_CHARACTERS: 64,
} as const;
