/**
 * Quotas of an account that matter for a first deployment, noted in November 2026. The quotas of
 * CloudFront were read in its guide. The other quotas come from summaries and should be checked.
 * Sources: AWS Lambda Developer Guide, "Lambda quotas" and "Configuring reserved concurrency";
 * Amazon CloudFront Developer Guide, "Quotas"; AWS WAF Developer Guide, "AWS WAF quotas".
 */
export const ACCOUNT = {
  /**
   * Concurrent executions that must remain unreserved. Lambda refuses a reservation or provisioning
   * that would leave fewer executions.
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
  /** Minimum version of the CDK's bootstrap stack for publishing this stack's assets. */
  MIN_BOOTSTRAP_VERSION: 6,
} as const;
