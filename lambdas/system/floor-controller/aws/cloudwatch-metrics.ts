import { MS_PER_MINUTE } from '../../../../forecast/minutes';
import type { MetricsSource, SeriesOf } from '../metrics-source';
import { type AwsApi, CLOUDWATCH } from './aws-api';
import { AwsError } from './aws-error';

/**
 * Metrics of one GetMetricData call. Four of them with three days of minutes are 17,280 data points, some hundred KB, which arrive within one attempt;
 * an answer may have 100,800, and more would be split into pages.
 */
const SERIES_PER_CALL = 4;

interface Answer {
  readonly MetricDataResults?: readonly {
    readonly Id: string;
    /** Seconds since 1970 from AWS, ISO 8601 from others. */
    readonly Timestamps?: readonly (number | string)[];
    readonly Values?: readonly number[];
    readonly StatusCode?: 'Complete' | 'PartialData' | 'InternalError' | 'Forbidden';
    readonly Messages?: readonly { readonly Code?: string; readonly Value?: string }[];
  }[];
  readonly NextToken?: string;
}

/**
 * Minutes of Lambda's metrics, in the JSON protocol: CloudWatch takes it besides CBOR and XML, the embedded cloud too, and nothing has to be
 * parsed but JSON.
 */
export class CloudWatchMetrics implements MetricsSource {
  public constructor(private readonly api: AwsApi) {}

  public async minutes(series: readonly SeriesOf[], from: number, until: number): Promise<Map<number, number>[]> {
    const found: Map<number, number>[] = [];
    for (let i = 0; i < series.length; i += SERIES_PER_CALL) {
      found.push(...(await this.ask(series.slice(i, i + SERIES_PER_CALL), from, until)));
    }
    return found;
  }

  private async ask(series: readonly SeriesOf[], from: number, until: number): Promise<Map<number, number>[]> {
    const found = series.map(() => new Map<number, number>());
    const queries = series.map(({ functionName, metric, statistic }, i) => ({
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
    }));
    let next: string | undefined;
    do {
      const answer = await this.api.json<Answer>(CLOUDWATCH, '1.0', 'GraniteServiceVersion20100801', 'GetMetricData', {
        MetricDataQueries: queries,
        StartTime: from * 60,
        EndTime: until * 60,
        ScanBy: 'TimestampAscending',
        ...(next === undefined ? {} : { NextToken: next }),
      });
      for (const { Id, Timestamps = [], Values = [], StatusCode, Messages = [] } of answer.MetricDataResults ?? []) {
        const minutes = found[Number(Id.slice(1))];
        // Partial data is a page of several.
        if (minutes === undefined || (StatusCode !== 'Complete' && StatusCode !== 'PartialData')) {
          const detail = Messages.map(({ Code, Value }) => `${Code} ${Value}`).join(', ');
          throw new AwsError(CLOUDWATCH.host, 'GetMetricData', 200, StatusCode ?? 'Unknown', `for ${Id} ${detail}`);
        }
        for (const [i, at] of Timestamps.entries()) minutes.set(minuteOf(at), Values[i]!);
      }
      next = answer.NextToken;
    } while (next !== undefined && next !== '');
    return found;
  }
}

function minuteOf(at: number | string): number {
  return Math.floor((typeof at === 'number' ? at * 1_000 : Date.parse(at)) / MS_PER_MINUTE);
}
