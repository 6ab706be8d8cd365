import { DAYS_PER_MONTH, IDLE_POLLS_PER_DAY, PRICES, type Price } from '../../lib/limits';
import type { Needs, Template } from './needs';

/** An item that AWS bills for a stack on a day without requests. */
export interface IdleCost {
  readonly item: string;
  readonly quantity: number;
  readonly usdPerDay: number;
  readonly price: Price;
}

const SECONDS_PER_DAY = 86_400;
const MINUTES_PER_DAY = 1_440;
/** Number of a forecast's metrics: Floor, Acting, Degraded, Forecast and Demand. */
const METRICS_PER_FORECAST = 5;
/**
 * Measured duration of the floor controller's invocation, in seconds. Most of it is waiting for
 * CloudWatch.
 */
const SCHEDULED_RUN_SECONDS = 0.3;
const MILLION = 1_000_000;

/** The items that AWS bills on an idle day in us-east-1, the most expensive first. */
export function idleCosts(needs: Needs): IdleCost[] {
  const monthly = (item: string, quantity: number, price: Price): IdleCost => ({
    item,
    quantity,
    usdPerDay: (quantity * price.usd) / DAYS_PER_MONTH,
    price,
  });
  const perMillion = (item: string, quantity: number, price: Price): IdleCost => ({
    item,
    quantity,
    usdPerDay: (quantity * price.usd) / MILLION,
    price,
  });
  const polls = (item: string, quantity: number, price: Price): IdleCost => ({
    ...perMillion(item, quantity * IDLE_POLLS_PER_DAY, price),
    quantity,
  });
  return [
    monthly('customer-managed keys', needs.keys, PRICES.KMS_KEY_MONTH),
    monthly('web ACLs', needs.webAcls, PRICES.WEB_ACL_MONTH),
    monthly('web ACL rules', needs.webAclRules, PRICES.WEB_ACL_RULE_MONTH),
    {
      item: 'provisioned concurrency (GB)',
      quantity: needs.provisionedGigabytes,
      usdPerDay: needs.provisionedGigabytes * SECONDS_PER_DAY * PRICES.PROVISIONED_CONCURRENCY_GB_SECOND.usd,
      price: PRICES.PROVISIONED_CONCURRENCY_GB_SECOND,
    },
    polls('queues that Lambda polls', needs.polledQueues, PRICES.SQS_REQUEST_MILLION),
    polls('FIFO queues that Lambda polls', needs.polledFifoQueues, PRICES.SQS_FIFO_REQUEST_MILLION),
    {
      item: 'metrics that forecasts read',
      quantity: needs.forecastMetrics,
      usdPerDay: (needs.forecastMetrics * MINUTES_PER_DAY * PRICES.METRIC_REQUESTED_THOUSAND.usd) / 1_000,
      price: PRICES.METRIC_REQUESTED_THOUSAND,
    },
    perMillion('runs that schedules start', needs.scheduledRuns, PRICES.SCHEDULER_INVOCATION_MILLION),
    perMillion('requests of those runs', needs.scheduledRuns, PRICES.LAMBDA_REQUEST_MILLION),
    perMillion('traces of those runs', needs.tracedRuns, PRICES.TRACE_MILLION),
    {
      item: 'duration of those runs (GB-seconds)',
      quantity: needs.scheduledGigabyteRuns * SCHEDULED_RUN_SECONDS,
      usdPerDay: needs.scheduledGigabyteRuns * SCHEDULED_RUN_SECONDS * PRICES.ON_DEMAND_DURATION_GB_SECOND.usd,
      price: PRICES.ON_DEMAND_DURATION_GB_SECOND,
    },
    monthly('rules of Contributor Insights', needs.insightRules, PRICES.CONTRIBUTOR_INSIGHTS_RULE_MONTH),
    monthly('metrics that forecasts write', METRICS_PER_FORECAST * needs.forecasts, PRICES.CUSTOM_METRIC_MONTH),
    monthly('metrics that alarms read', needs.alarmMetrics, PRICES.ALARM_MONTH),
    monthly('dashboards', needs.dashboards, PRICES.DASHBOARD_MONTH),
  ]
    .filter(({ quantity }) => quantity > 0)
    .sort((a, b) => b.usdPerDay - a.usdPerDay);
}

/**
 * Cost of resource types while they are idle: `counted` in the report, or `free`. A free type may
 * still cost money for requests, storage or data.
 */
const IDLE: Readonly<Record<string, 'counted' | 'free'>> = {
  'AWS::CloudWatch::Alarm': 'counted',
  'AWS::CloudWatch::Dashboard': 'counted',
  'AWS::DynamoDB::Table': 'counted', // its Contributor Insights
  'AWS::KMS::Key': 'counted',
  'AWS::Lambda::Alias': 'counted', // its provisioned concurrency
  'AWS::Lambda::EventSourceMapping': 'counted', // its polls
  'AWS::Scheduler::Schedule': 'counted',
  'AWS::WAFv2::WebACL': 'counted',
  'Custom::BreakwaterScalableTarget': 'counted', // its metrics
  'AWS::ApplicationAutoScaling::ScalableTarget': 'free',
  'AWS::ApplicationAutoScaling::ScalingPolicy': 'free',
  'AWS::CDK::Metadata': 'free',
  'AWS::CloudFormation::Stack': 'free',
  'AWS::CloudFront::CachePolicy': 'free',
  'AWS::CloudFront::Distribution': 'free',
  'AWS::CloudFront::Function': 'free',
  'AWS::CloudFront::OriginAccessControl': 'free',
  'AWS::CloudFront::ResponseHeadersPolicy': 'free',
  'AWS::Cognito::UserPool': 'free',
  'AWS::Cognito::UserPoolClient': 'free',
  'AWS::Cognito::UserPoolDomain': 'free',
  'AWS::Cognito::UserPoolResourceServer': 'free',
  'AWS::IAM::ManagedPolicy': 'free',
  'AWS::IAM::Policy': 'free',
  'AWS::IAM::Role': 'free',
  'AWS::KMS::Alias': 'free',
  'AWS::Lambda::EventInvokeConfig': 'free',
  'AWS::Lambda::Function': 'free',
  'AWS::Lambda::Permission': 'free',
  'AWS::Lambda::Url': 'free',
  'AWS::Lambda::Version': 'free',
  'AWS::Logs::LogGroup': 'free',
  'AWS::S3::Bucket': 'free',
  'AWS::S3::BucketPolicy': 'free',
  'AWS::SNS::Subscription': 'free',
  'AWS::SNS::Topic': 'free',
  'AWS::SNS::TopicPolicy': 'free',
  'AWS::SQS::Queue': 'free',
  'AWS::SQS::QueuePolicy': 'free',
  'AWS::WAFv2::LoggingConfiguration': 'free',
  'Custom::BreakwaterEmptyBucket': 'free',
  'Custom::BreakwaterShardMap': 'free',
  'Custom::BreakwaterSite': 'free',
};

/** Resource types with unknown idle cost. The report lists them. */
export function unknownTypes(templates: readonly Template[]): string[] {
  const types = templates.flatMap(({ Resources = {} }) => Object.values(Resources).map(({ Type }) => Type));
  return [...new Set(types)].filter((type) => IDLE[type] === undefined).sort();
}
