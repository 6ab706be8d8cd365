import { GetMetricDataCommand, type MetricDataQuery, type MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { MS_PER_MINUTE } from '../../../forecast/minutes';
import type { AwsClients } from './aws-clients';
import type { MetricsSource, SeriesOf } from './metrics-source';

/**
 * Number of metrics in one GetMetricData call. Four metrics with three days of minutes have 17,280
 * data points, and a page of the answer contains up to 100,800.
 */
const SERIES_PER_CALL = 4;

/** Reads minutes of Lambda's metrics from CloudWatch. */
export class CloudWatchMetrics implements MetricsSource {
  public constructor(
    private readonly client: AwsClients['cloudWatch'],
    private readonly abortSignal: AbortSignal,
  ) {}

  public async minutes(series: readonly SeriesOf[], from: number, until: number): Promise<Map<number, number>[]> {
    const found: Map<number, number>[] = [];
    for (let i = 0; i < series.length; i += SERIES_PER_CALL) {
      found.push(...(await this.read(series.slice(i, i + SERIES_PER_CALL), from, until)));
    }
    return found;
  }

  private async read(series: readonly SeriesOf[], from: number, until: number): Promise<Map<number, number>[]> {
    const found = series.map(() => new Map<number, number>());
    let next: string | undefined;
    do {
      const command = new GetMetricDataCommand({
        MetricDataQueries: series.map(queryOf),
        StartTime: new Date(from * MS_PER_MINUTE),
        EndTime: new Date(until * MS_PER_MINUTE),
        ScanBy: 'TimestampAscending',
        NextToken: next,
      });
      const answer = await this.client.send(command, { abortSignal: this.abortSignal });
      for (const result of answer.MetricDataResults ?? []) addTo(found, result);
      next = answer.NextToken;
    } while (next);
    return found;
  }
}

function queryOf({ functionName, metric, statistic }: SeriesOf, i: number): MetricDataQuery {
  return {
    Id: `m${i}`,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/Lambda',
        MetricName: metric,
        Dimensions: [{ Name: 'FunctionName', Value: functionName }],
      },
      Period: 60,
      Stat: statistic,
    },
  };
}

/** @throws Error if CloudWatch could not read the metric */
function addTo(found: readonly Map<number, number>[], result: MetricDataResult): void {
  const { Id = '', Timestamps = [], Values = [], StatusCode, Messages = [] } = result;
  const minutes = found[Number(Id.slice(1))];
  // The status PartialData means that more pages follow.
  if (minutes === undefined || (StatusCode !== 'Complete' && StatusCode !== 'PartialData')) {
    const detail = Messages.map(({ Code, Value }) => `${Code} ${Value}`).join(', ');
    throw new Error(`GetMetricData failed for ${Id}: ${StatusCode ?? 'Unknown'} ${detail}`.trimEnd());
  }
  for (const [i, at] of Timestamps.entries()) {
    const value = Values[i];
    if (value !== undefined) minutes.set(Math.floor(at.getTime() / MS_PER_MINUTE), value);
  }
}
