import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/** SQS, Lambda, DynamoDB and CloudFront publish metrics once a minute. */
export const MINUTE = Duration.minutes(1);
/**
 * Period of alarms on a percentage. It is long enough to contain requests of a module with little
 * traffic.
 */
export const WINDOW = Duration.minutes(5);

/** Text of an alarm. */
export interface AlarmWords {
  /** The event, in one sentence. */
  readonly happened: string;
  /** First command to run. */
  readonly command: string;
  /** Section of the runbook. */
  readonly section: string;
}

/** Threshold, periods and text of an alarm. */
export interface AlarmPlan extends AlarmWords {
  /** Construct id, unique in its `Operations`. */
  readonly id: string;
  readonly metric: IMetric;
  /** The alarm rings at this value or above. */
  readonly threshold: number;
  /** Number of evaluated periods. */
  readonly periods: number;
  /** Number of these periods that must reach the threshold. */
  readonly breaching: number;
  readonly missing: TreatMissingData;
}

/** All alarms ring at their threshold or above. */
export const COMPARISON = ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD;

/**
 * Queues, functions and tables publish no metrics while they are idle, so missing data isn't a
 * fault.
 */
export const IDLE_IS_FINE = TreatMissingData.NOT_BREACHING;

/** Command that shows the newest errors of a log group. */
export function tailErrors(logGroupName: string, since = '30m'): string {
  return `aws logs tail ${logGroupName} --since ${since} --filter-pattern ERROR`;
}

/** Text of an alarm: what happened, the first command, where to read on. */
export function alarmText({ happened, command, section }: AlarmWords, runbookUrl: string): string {
  return `${happened}\nFirst: ${command}\nThen: ${runbookUrl}#${section}`;
}
