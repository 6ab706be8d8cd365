/** A price and its date. */
export interface Price {
  /** US dollars for one of `unit`, in us-east-1, without tax, discounts and free tiers. */
  readonly usd: number;
  readonly unit: string;
  /** Address of the page with the current price. */
  readonly source: string;
  /**
   * Year and month in which the price was read. It was read from a copy of that page or a third
   * party's summary, not from a bill.
   */
  readonly noted: string;
}

/**
 * Prices of an idle stack and of Lambda's capacity, in us-east-1. Prices in other Regions differ by
 * a few per cent. Web ACLs have the same price in all Regions.
 */
export const PRICES = {
  KMS_KEY_MONTH: {
    usd: 1,
    unit: 'key and month; the first and the second yearly rotation each add the same price',
    source: 'https://aws.amazon.com/kms/pricing/',
    noted: '2026-11',
  },
  WEB_ACL_MONTH: { usd: 5, unit: 'web ACL and month', source: 'https://aws.amazon.com/waf/pricing/', noted: '2026-11' },
  WEB_ACL_RULE_MONTH: {
    usd: 1,
    unit: 'rule or managed rule group and month',
    source: 'https://aws.amazon.com/waf/pricing/',
    noted: '2026-11',
  },
  PROVISIONED_CONCURRENCY_GB_SECOND: {
    usd: 0.0000033334,
    unit: 'GB-second of provisioned concurrency on arm64',
    source: 'https://aws.amazon.com/lambda/pricing/',
    noted: '2026-11',
  },
  PROVISIONED_DURATION_GB_SECOND: {
    usd: 0.0000077778,
    unit: 'GB-second of running on provisioned concurrency, arm64',
    source: 'https://aws.amazon.com/lambda/pricing/',
    noted: '2026-11',
  },
  ON_DEMAND_DURATION_GB_SECOND: {
    usd: 0.0000133334,
    unit: 'GB-second of running on demand, arm64, first tier (7.5 billion GB-seconds a month)',
    source: 'https://aws.amazon.com/lambda/pricing/',
    noted: '2026-11',
  },
  LAMBDA_REQUEST_MILLION: {
    usd: 0.2,
    unit: 'million requests to functions',
    source: 'https://aws.amazon.com/lambda/pricing/',
    noted: '2026-11',
  },
  SQS_REQUEST_MILLION: {
    usd: 0.4,
    unit: 'million requests to a standard queue',
    source: 'https://aws.amazon.com/sqs/pricing/',
    noted: '2026-11',
  },
  SQS_FIFO_REQUEST_MILLION: {
    usd: 0.5,
    unit: 'million requests to a FIFO queue',
    source: 'https://aws.amazon.com/sqs/pricing/',
    noted: '2026-11',
  },
  METRIC_REQUESTED_THOUSAND: {
    usd: 0.01,
    unit: 'thousand metrics requested by GetMetricData',
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    noted: '2026-11',
  },
  CUSTOM_METRIC_MONTH: {
    usd: 0.3,
    unit: 'custom metric and month, of the first 10,000',
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    noted: '2026-11',
  },
  ALARM_MONTH: {
    usd: 0.1,
    unit: 'standard alarm metric and month',
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    noted: '2026-11',
  },
  CONTRIBUTOR_INSIGHTS_RULE_MONTH: {
    usd: 0.5,
    unit: 'Contributor Insights rule and month; DynamoDB makes a rule for each key attribute and metric of a table',
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    noted: '2026-11',
  },
  SCHEDULER_INVOCATION_MILLION: {
    usd: 1,
    unit: 'million invocations of EventBridge Scheduler, beyond the first 14 million a month',
    source: 'https://aws.amazon.com/eventbridge/pricing/',
    noted: '2026-11',
  },
  TRACE_MILLION: {
    usd: 5,
    unit: 'million traces that X-Ray records, beyond the first 100,000 a month',
    source: 'https://aws.amazon.com/xray/pricing/',
    noted: '2026-11',
  },
  DASHBOARD_MONTH: {
    usd: 3,
    unit: 'dashboard and month beyond the first three of an account',
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    noted: '2026-11',
  },
} as const satisfies Record<string, Price>;

/** Days of an average month. AWS calculates with 730 hours per month. */
export const DAYS_PER_MONTH = 730 / 24;

/**
 * Requests per day from Lambda to an empty queue with an event source mapping. Five pollers each
 * send one request every 20 seconds. Source: AWS Lambda Developer Guide, "Using Lambda with Amazon
 * SQS" (event source mappings start with five concurrent long polls).
 */
export const IDLE_POLLS_PER_DAY = 5 * 3 * 60 * 24;
