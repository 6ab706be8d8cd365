/**
 * Quotas of AWS CloudFormation, read November 2026. They can't be raised. Source: AWS
 * CloudFormation User Guide, "Understand CloudFormation quotas".
 */
export const CLOUDFORMATION = {
  /** Resources of a stack. A nested stack is one resource of its parent, with its own limit. */
  MAX_RESOURCES: 500,
} as const;
