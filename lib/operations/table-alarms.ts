import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { CLOUDWATCH } from '../limits';
import type { IShardedTable } from '../tables';
import { type AlarmPlan, IDLE_IS_FINE, MINUTE } from './alarm-plan';

/** Throttled reads and throttled writes. */
const METRICS_PER_SHARD = 2;
const SHARDS_PER_ALARM = CLOUDWATCH.MAX_METRICS_PER_ALARM / METRICS_PER_SHARD;
/**
 * Throttled requests per minute. On-demand tables may throttle for a short time when traffic
 * doubles, and callers retry. Ten throttled requests a minute in several minutes mean a lasting
 * problem.
 */
const MAX_THROTTLED = 10;

/** The alarms of a sharded table on throttled requests, one for every five shards. */
export function tableAlarms(table: IShardedTable): AlarmPlan[] {
  const { id } = table.node;
  const groups = Array.from({ length: Math.ceil(table.shards.length / SHARDS_PER_ALARM) }, (_, i) => i);
  return groups.map((group): AlarmPlan => {
    const from = group * SHARDS_PER_ALARM;
    const shards = table.shards.slice(from, from + SHARDS_PER_ALARM);
    const [first] = shards;
    const which = groups.length === 1 ? '' : `${from}To${from + shards.length - 1}`;
    const metrics: { [name: string]: IMetric } = {};
    for (const [i, shard] of shards.entries()) {
      metrics[`r${from + i}`] = shard.metric('ReadThrottleEvents', { statistic: 'Sum', period: MINUTE });
      metrics[`w${from + i}`] = shard.metric('WriteThrottleEvents', { statistic: 'Sum', period: MINUTE });
    }
    return {
      id: `${id}Throttled${which}`,
      metric: new MathExpression({
        expression: 'SUM(METRICS())',
        usingMetrics: metrics,
        label: `${id}: throttled requests`,
        period: MINUTE,
      }),
      threshold: MAX_THROTTLED,
      periods: 5,
      breaching: 3,
      missing: IDLE_IS_FINE,
      happened: `DynamoDB throttles ${id}: ${MAX_THROTTLED} or more requests a minute. The dashboard shows which shard.`,
      command: `aws dynamodb describe-table --table-name ${first?.tableName} --query Table.[TableStatus,OnDemandThroughput,WarmThroughput]`,
      section: 'a-table-throttles',
    };
  });
}
