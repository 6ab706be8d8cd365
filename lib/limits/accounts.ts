/**
 * Quotas of an account that decide whether a first deploy can work, noted November 2026; those of
 * CloudFront were read in its guide, the others are worth a look. Sources: AWS Lambda Developer
 * Guide, "Lambda quotas" and "Configuring reserved concurrency"; Amazon CloudFront Developer Guide,
 * "Quotas"; AWS WAF Developer Guide, "AWS WAF quotas".
 */
export const ACCOUNT = {
  /**
   * Concurrent executions that Lambda keeps free of reservations and provisioning; it refuses what
   * would go below.
   */
  MIN_UNRESERVED_CONCURRENCY: 100,
  /** CloudFront distributions. */
  MAX_DISTRIBUTIONS: 500,
  /** Custom cache policies of CloudFront. */
  MAX_CACHE_POLICIES: 20,
  /** Custom response headers policies of CloudFront. */
  MAX_RESPONSE_HEADERS_POLICIES: 20,
  /** CloudFront Functions. */
  MAX_EDGE_FUNCTIONS: 100,
  /** Origin access controls of CloudFront. */
  MAX_ORIGIN_ACCESS_CONTROLS: 100,
  /** Web ACLs of one scope. */
  MAX_WEB_ACLS: 100,
  /**
   * Version of the CDK's bootstrap stack from which assets are published as this stack needs it.
   */
  MIN_BOOTSTRAP_VERSION: 6,
} as const;
