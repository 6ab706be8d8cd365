import { Annotations, Lazy, Stack, Token } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { EdgeDistribution } from '../edge';
import { CLOUDWATCH } from '../limits';
import type { MicroModule } from '../modules';
import { type AlarmWords, COMPARISON, IDLE_IS_FINE, WINDOW } from './alarm-plan';
import { MAX_FAILED_PERCENT, MIN_FAILURES } from './module-alarms';

/**
 * CloudFront publishes metrics only to this Region, and an alarm can read only metrics of its own
 * Region.
 */
const CLOUDFRONT_REGION = 'us-east-1';
/**
 * Maximum number of modules in the alarm. An alarm reads at most 10 metrics, and two of them are
 * the distribution's requests and its rate of 5xx answers.
 */
const MAX_MODULES = CLOUDWATCH.MAX_METRICS_PER_ALARM - 2;

/** Text of the alarm of an edge. */
export function edgeAlarmWords(edge: EdgeDistribution): AlarmWords {
  return {
    happened: `The edge itself answers with 5xx: at least ${MAX_FAILED_PERCENT} % of requests in 5 minutes, without the 5xx answers of modules.`,
    command: `aws cloudfront get-distribution --id ${edge.distribution.distributionId} --query Distribution.[Status,DomainName]`,
    section: 'the-edge-fails',
  };
}

/**
 * Makes the alarm of a distribution. It watches the percentage of requests that the edge itself
 * answered with 5xx. The modules' 5xx answers are subtracted, because the modules' own alarms watch
 * them. With more than 8 modules they aren't subtracted, because an alarm reads at most 10 metrics.
 * @param modules returns the distribution's modules; it is called at synth, because an app can add
 * modules until then
 * @param text the alarm's description
 * @returns undefined outside of us-east-1; in this case, synth warns that the edge has no alarm
 */
export function edgeAlarm(
  scope: Construct,
  id: string,
  edge: EdgeDistribution,
  modules: () => readonly MicroModule[],
  text: string,
  topicArn: string,
): CfnAlarm | undefined {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || region !== CLOUDFRONT_REGION) {
    Annotations.of(scope).addWarningV2(
      'breakwater:no-edge-alarm',
      `the edge has no alarm: CloudFront reports to ${CLOUDFRONT_REGION} only, and this stack is ${Token.isUnresolved(region) ? 'in a Region that synth does not know' : `in ${region}`}; the alarms of its modules work here`,
    );
    return undefined;
  }
  return new CfnAlarm(scope, id, {
    alarmDescription: text,
    comparisonOperator: COMPARISON,
    threshold: MAX_FAILED_PERCENT,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    treatMissingData: IDLE_IS_FINE,
    alarmActions: [topicArn],
    metrics: Lazy.any({ produce: () => queries(edge, modules()) }),
  });
}

function queries(edge: EdgeDistribution, all: readonly MicroModule[]): CfnAlarm.MetricDataQueryProperty[] {
  const modules = all.length > MAX_MODULES ? [] : all;
  const distribution = [
    { name: 'DistributionId', value: edge.distribution.distributionId },
    { name: 'Region', value: 'Global' },
  ];
  const own = ['requests * rate / 100', ...modules.map((_, i) => `FILL(module${i}, 0)`)].join(' - ');
  return [
    {
      id: 'share',
      expression: `IF(${own} >= ${MIN_FAILURES}, 100 * (${own}) / requests, 0)`,
      label: '5xx of the edge itself (%)',
    },
    query('requests', 'AWS/CloudFront', 'Requests', 'Sum', distribution),
    query('rate', 'AWS/CloudFront', '5xxErrorRate', 'Average', distribution),
    ...modules.map((module, i) =>
      query(`module${i}`, 'AWS/Lambda', 'Url5xxCount', 'Sum', [
        { name: 'FunctionName', value: module.function.function.functionName },
      ]),
    ),
  ];
}

function query(
  id: string,
  namespace: string,
  metricName: string,
  stat: string,
  dimensions: CfnAlarm.DimensionProperty[],
): CfnAlarm.MetricDataQueryProperty {
  const metricStat = { metric: { namespace, metricName, dimensions }, period: WINDOW.toSeconds(), stat };
  return { id, metricStat, returnData: false };
}
