import type { EdgeLogEntry, EdgeRequest, EdgeResponse, IOriginClient, OriginModel } from '../../testing';
import type { MetricPoint } from '../alarms';
import type { FunctionDimensions } from './functions';

/** Receives points. */
export type TakePoints = (points: readonly MetricPoint[]) => void;

export interface MeasuredOriginsDependencies {
  /** Milliseconds since 1970. @default Date.now */
  readonly now: () => number;
}

/**
 * Forwards requests to the origins. For requests to function URLs, it records the metrics that
 * Lambda publishes.
 */
export class MeasuredOrigins implements IOriginClient {
  private readonly now: () => number;

  public constructor(
    private readonly origins: IOriginClient,
    private readonly functions: FunctionDimensions,
    private readonly take: TakePoints,
    dependencies: Partial<MeasuredOriginsDependencies> = {},
  ) {
    this.now = dependencies.now ?? Date.now;
  }

  public async send(origin: OriginModel, request: EdgeRequest): Promise<EdgeResponse> {
    if (origin.target.kind !== 'function-url') return this.origins.send(origin, request);
    const { functionArn } = origin.target;
    const started = this.now();
    let response: EdgeResponse | undefined;
    try {
      response = await this.origins.send(origin, request);
      return response;
    } finally {
      this.measure(functionArn, response, started);
    }
  }

  /**
   * Records one request. A missing response means that the function timed out. Lambda counts a
   * timeout as 5xx.
   */
  private measure(functionArn: string, response: EdgeResponse | undefined, started: number): void {
    const name = functionArn.split(':')[6] ?? functionArn;
    const now = this.now();
    const status = response?.status ?? 504;
    const count = (metricName: string, yes: boolean) => this.functions.points(name, metricName, Number(yes), now);
    this.take([
      ...count('UrlRequestCount', true),
      ...count('Url4xxCount', status >= 400 && status < 500),
      ...count('Url5xxCount', status >= 500),
      ...count('Throttles', status === 429 && response?.headers['x-amzn-errortype'] !== undefined),
      ...this.functions.points(name, 'UrlRequestLatency', now - started, now),
    ]);
  }
}

/** Metrics of a distribution's answer, as CloudFront publishes them. */
export function edgeMetrics(
  distributionId: string,
  { status }: Pick<EdgeLogEntry, 'status'>,
  now: number,
): MetricPoint[] {
  const values: Record<string, number> = {
    Requests: 1,
    '4xxErrorRate': status >= 400 && status < 500 ? 100 : 0,
    '5xxErrorRate': status >= 500 ? 100 : 0,
  };
  const dimensions = { DistributionId: distributionId, Region: 'Global' };
  return Object.entries(values).map(([metricName, value]) => ({
    namespace: 'AWS/CloudFront',
    metricName,
    dimensions,
    timestamp: now,
    value,
  }));
}
