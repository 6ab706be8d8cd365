/**
 * Quotas of AWS Identity and Access Management, read November 2026. White space doesn't count.
 * Source: IAM User Guide, "IAM and AWS STS quotas".
 */
export const IAM = {
  /** Characters of one managed policy. */
  MAX_MANAGED_POLICY_CHARACTERS: 6_144,
  /** Characters of all inline policies of a role together. */
  MAX_INLINE_POLICIES_CHARACTERS: 10_240,
  /** Managed policies attached to a role, unless the quota was raised. */
  MAX_MANAGED_POLICIES_PER_ROLE: 10,
} as const;
