import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/** SQS, Lambda, DynamoDB and CloudFront report once a minute. */
export const MINUTE = Duration.minutes(1);
/** Window of the alarms on shares: long enough that a quiet module has requests in it. */
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

/** An alarm as the part that it watches describes it. */
export interface AlarmPlan extends AlarmWords {
  /** Construct id, unique in its `Operations`. */
  readonly id: string;
  readonly metric: IMetric;
  /** Rings at this value or above. */
  readonly threshold: number;
  /** Periods that are looked at. */
  readonly periods: number;
  /** How many of them must reach the threshold. */
  readonly breaching: number;
  readonly missing: TreatMissingData;
}

/** All alarms ring from their threshold on. */
export const COMPARISON = ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD;

/** Queues, functions and tables report nothing while they are idle: no data is no fault. */
export const IDLE_IS_FINE = TreatMissingData.NOT_BREACHING;

/** Command that shows the newest errors of a log group. */
export function tailErrors(logGroupName: string, since = '30m'): string {
  return `aws logs tail ${logGroupName} --since ${since} --filter-pattern ERROR`;
}

/** Text of an alarm: what happened, the first command, where to read on. */
export function alarmText({ happened, command, section }: AlarmWords, runbookUrl: string): string {
  return `${happened}\nFirst: ${command}\nThen: ${runbookUrl}#${section}`;
}
