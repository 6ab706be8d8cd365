/**
 * Quotas and capacities of AWS WAF for a web ACL of CloudFront, read November 2026.
 * Sources: AWS WAF Developer Guide, "AWS WAF quotas"
 * (https://docs.aws.amazon.com/waf/latest/developerguide/limits.html), "Rate-based rule statement",
 * "Considerations for managing body inspection" and "Rule statements list".
 */
export const WAF = {
  /** Capacity units (WCU) of a web ACL. */
  MAX_CAPACITY: 5_000,
  /** Capacity units that the web ACL's base price includes. */
  MAX_INCLUDED_CAPACITY: 1_500,
  /** Minimum limit of a rate-based rule, in requests per evaluation window. */
  MIN_RATE_LIMIT: 10,
  MAX_RATE_LIMIT: 2_000_000_000,
  /** Characters of a regular expression. */
  MAX_REGEX_CHARACTERS: 512,
  /** Bytes of one custom response body. */
  MAX_RESPONSE_BODY_BYTES: 4 * 1024,
  /** Sizes of body inspection in KiB. AWS charges a fee for all sizes but the first. */
  BODY_INSPECTION_KIB: [16, 32, 48, 64],
  /** Bytes of a body that WAF can inspect: the last of these sizes. */
  MAX_BODY_INSPECTION_BYTES: 64 * 1024,
  /** Bytes of a body that `SizeRestrictions_BODY` of AWSManagedRulesCommonRuleSet accepts. */
  MAX_MANAGED_BODY_BYTES: 8 * 1024,
  /**
   * Capacity units by kind of statement. Each text transformation of a statement adds
   * `transformation`.
   */
  UNITS: { exactMatch: 2, regex: 3, size: 1, label: 1, rate: 2, transformation: 10 },
} as const;
