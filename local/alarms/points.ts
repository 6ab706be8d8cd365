/** Identity of a metric. */
export interface MetricId {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** A measured value of a metric. */
export interface MetricPoint extends MetricId {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly value: number;
  /** Unit of CloudWatch. @default none is published */
  readonly unit?: string;
}

/** Values of metrics for alarms. */
export interface IMetricPoints {
  /** Values from `from` to before `until`, both in milliseconds since 1970. */
  between(metric: MetricId, from: number, until: number): number[];
}

/**
 * Time for which points are kept. It is longer than the evaluation range of any supported alarm.
 */
const KEPT_MS = 3 * 3_600_000;

/** Points in memory, for three hours. */
export class PointStore implements IMetricPoints {
  private readonly series = new Map<string, { readonly timestamp: number; readonly value: number }[]>();

  public add(points: readonly MetricPoint[]): void {
    for (const point of points) {
      const key = keyOf(point);
      const known = this.series.get(key) ?? [];
      known.push({ timestamp: point.timestamp, value: point.value });
      while ((known[0]?.timestamp ?? point.timestamp) < point.timestamp - KEPT_MS) known.shift();
      this.series.set(key, known);
    }
  }

  public between(metric: MetricId, from: number, until: number): number[] {
    const known = this.series.get(keyOf(metric)) ?? [];
    return known.filter(({ timestamp }) => timestamp >= from && timestamp < until).map(({ value }) => value);
  }
}

/** The key of a metric. The order of dimensions doesn't matter. */
function keyOf({ namespace, metricName, dimensions }: MetricId): string {
  return JSON.stringify([namespace, metricName, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
