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

/**
 * Limits of a log line in the embedded metric format, read November 2026. Sources: Amazon
 * CloudWatch User Guide, "Specification: Embedded metric format"; Amazon CloudWatch API Reference,
 * "Dimension" and "MetricDatum". Where they differ, the lower limit counts: a metric with a longer
 * name is stored, but no alarm or query can name it.
 */
export const EMBEDDED_METRICS = {
  MAX_NAMESPACE_LENGTH: 255,
  MAX_METRIC_NAME_LENGTH: 255,
  MAX_METRICS: 100,
  /** Values of one metric in one line. */
  MAX_VALUES: 100,
  MAX_DIMENSIONS: 30,
  MAX_DIMENSION_NAME_LENGTH: 250,
  MAX_DIMENSION_VALUE_LENGTH: 1_024,
} as const;
