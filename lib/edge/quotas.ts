/**
 * Quotas of one distribution and web ACL, counted at synth (those of an account are in limits). The library stops at their default:
 * whether an account's quota was raised can't be known at synth.
 * Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html and
 * https://docs.aws.amazon.com/waf/latest/developerguide/limits.html
 */
export const EdgeQuota = {
  /** Cache behaviours of a distribution. */
  CACHE_BEHAVIORS: 75,
  /** Origins of a distribution. */
  ORIGINS: 100,
  /** Longest that CloudFront can be told to wait for an origin's answer, in seconds. */
  ORIGIN_READ_SECONDS: 120,
  /** Bytes of a CloudFront function. */
  FUNCTION_BYTES: 10 * 1024,
  /** Capacity units of a web ACL. */
  WEB_ACL_CAPACITY: 5_000,
  /** Capacity units that a web ACL's base price includes. */
  WEB_ACL_CAPACITY_INCLUDED: 1_500,
  /** Characters of a regular expression in a web ACL. */
  REGEX_CHARACTERS: 512,
  /** Bytes of one custom response body of a web ACL. */
  RESPONSE_BODY_BYTES: 4 * 1024,
  /** Kilobytes of a body that a web ACL of CloudFront can be told to inspect. */
  BODY_INSPECTION_KIB: [16, 32, 48, 64],
  /** Alternate domain names of a distribution. */
  DOMAIN_NAMES: 100,
} as const;
