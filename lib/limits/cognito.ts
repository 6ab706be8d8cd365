/**
 * Quotas of Amazon Cognito user pools, read November 2026.
 * Source: Amazon Cognito Developer Guide, "Quotas in Amazon Cognito"
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html).
 */
export const COGNITO = {
  /** Custom scopes of a resource server. */
  MAX_SCOPES_PER_RESOURCE_SERVER: 100,
  /** Callback URLs of an app client. */
  MAX_CALLBACK_URLS: 100,
  /** Sign-out URLs of an app client. */
  MAX_LOGOUT_URLS: 100,
} as const;
