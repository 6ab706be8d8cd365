/**
 * Quotas of an account that decide whether a first deploy can work, noted November 2026; those of CloudFront were read in its guide, the others are worth a look.
 * Sources: AWS Lambda Developer Guide, "Lambda quotas" and "Configuring reserved concurrency"; Amazon CloudFront Developer Guide, "Quotas";
 * AWS WAF Developer Guide, "AWS WAF quotas".
 */
export const ACCOUNT = {
  /** Concurrent executions that Lambda keeps free of reservations and provisioning; it refuses what would go below. */
  UNRESERVED_CONCURRENCY: 100,
  /** CloudFront distributions. */
  DISTRIBUTIONS: 500,
  /** Custom cache policies of CloudFront. */
  CACHE_POLICIES: 20,
  /** Custom response headers policies of CloudFront. */
  RESPONSE_HEADERS_POLICIES: 20,
  /** CloudFront Functions. */
  EDGE_FUNCTIONS: 100,
  /** Origin access controls of CloudFront. */
  ORIGIN_ACCESS_CONTROLS: 100,
  /** Web ACLs of one scope. */
  WEB_ACLS: 100,
  /** Version of the CDK's bootstrap stack from which assets are published as this stack needs it. */
  BOOTSTRAP_VERSION: 6,
} as const;
