import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/** Period of most alarms. SQS, Lambda, DynamoDB and CloudFront publish metrics once a minute. */
export const MINUTE = Duration.minutes(1);
/**
 * Period of alarms on a percentage. It is long enough to contain some requests even if a module has
 * little traffic.
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
  /** The alarm is raised at this value or above. */
  readonly threshold: number;
  /** Number of evaluated periods. */
  readonly periods: number;
  /** Number of these periods that must reach the threshold. */
  readonly breaching: number;
  readonly missing: TreatMissingData;
}

/** All alarms are raised at their threshold or above. */
export const COMPARISON = ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD;

/**
 * Missing data isn't a fault, because queues, functions and tables publish no metrics while they
 * are idle.
 */
export const IDLE_IS_FINE = TreatMissingData.NOT_BREACHING;

/** Command that shows the newest errors of a log group. */
export function tailErrors(logGroupName: string, since = '30m'): string {
  return `aws logs tail ${logGroupName} --since ${since} --filter-pattern ERROR`;
}

/**
 * Returns the text of an alarm: the event, the first command to run, and the section of the
 * runbook.
 */
export function alarmText({ happened, command, section }: AlarmWords, runbookUrl: string): string {
  return `${happened}\nFirst: ${command}\nThen: ${runbookUrl}#${section}`;
}
