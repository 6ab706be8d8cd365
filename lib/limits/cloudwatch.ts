/**
 * Quotas of Amazon CloudWatch, read November 2026. Sources: Amazon CloudWatch User Guide,
 * "CloudWatch service quotas", and "Dashboard body structure and syntax".
 */
export const CLOUDWATCH = {
  /** Metrics of one alarm with metric math. */
  MAX_METRICS_PER_ALARM: 10,
  /** Alarms in one alarm status widget. PutDashboard refuses more. */
  MAX_ALARMS_PER_WIDGET: 100,
} as const;
