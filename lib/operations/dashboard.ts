import { Lazy, Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  type CfnAlarm,
  CfnDashboard,
  Column,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  MathExpression,
  type Metric,
  Row,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { EdgeDistribution } from '../edge';
import { CLOUDWATCH } from '../limits';
import type { MicroModule } from '../modules';
import type { PredictiveScaling } from '../prediction';
import type { Quarantine } from '../quarantine';
import type { IShardedTable, Relay } from '../tables';
import type { QueueWorker } from '../workers';
import { MINUTE } from './alarm-plan';

/** Columns of a dashboard. */
const FULL_WIDTH = 24;
const GRAPH_HEIGHT = 6;

/** Content of a dashboard. An app may add parts until synth. */
export interface Watched {
  readonly edges: EdgeDistribution[];
  readonly modules: MicroModule[];
  readonly workers: QueueWorker[];
  readonly relays: Relay[];
  readonly quarantines: Quarantine[];
  readonly tables: IShardedTable[];
  readonly forecasts: PredictiveScaling[];
  readonly alarms: (IAlarm | CfnAlarm)[];
}

/**
 * Makes the dashboard. Alarms come first. Then there is one row of graphs for each kind of part.
 * Each graph has one line per part.
 */
export function makeDashboard(scope: Construct, id: string, watched: Watched, runbookUrl: string): CfnDashboard {
  const stack = Stack.of(scope);
  return new CfnDashboard(scope, id, {
    dashboardBody: Lazy.string({
      produce: () => {
        const page = new Column(...rows(watched, runbookUrl));
        page.position(0, 0);
        return stack.toJsonString({ widgets: page.toJson() });
      },
    }),
  });
}

function rows(watched: Watched, runbookUrl: string): IWidget[] {
  const { edges, modules, workers, relays, quarantines, tables, forecasts, alarms } = watched;
  const title = new TextWidget({
    markdown: `[What to do when an alarm is raised](${runbookUrl})`,
    width: FULL_WIDTH,
    height: 1,
  });
  const status = chunksOf(alarms, CLOUDWATCH.MAX_ALARMS_PER_WIDGET).map(
    (some) => new AlarmStatusWidget({ title: 'Alarms', alarms: some, width: FULL_WIDTH, height: 4 }),
  );
  return [
    title,
    ...status,
    ...edges.map(edgeRow),
    ...(modules.length > 0 ? [moduleRow(modules)] : []),
    ...(workers.length > 0 ? [workerRow(workers)] : []),
    ...(relays.length > 0 ? [relayRow(relays)] : []),
    ...quarantines.map(quarantineRow),
    ...(tables.length > 0 ? [tableRow(tables)] : []),
    ...forecasts.filter(({ provisions }) => provisions).map(forecastRow),
  ];
}

function edgeRow({ distribution }: EdgeDistribution): IWidget {
  const options = { period: MINUTE, region: 'us-east-1' };
  return row(
    graph('Edge: requests', [distribution.metricRequests({ ...options, label: 'requests' })]),
    graph('Edge: errors (%)', [
      distribution.metric4xxErrorRate({ ...options, label: '4xx' }),
      distribution.metric5xxErrorRate({ ...options, label: '5xx' }),
    ]),
  );
}

function moduleRow(modules: readonly MicroModule[]): IWidget {
  return row(
    graph(
      'Modules: requests',
      modules.map((one) => one.metricUrlRequests(named(one))),
    ),
    graph(
      'Modules: 5xx answers',
      modules.map((one) => one.metricUrl5xx(named(one))),
    ),
    graph(
      'Modules: slowest 1 % (ms)',
      modules.map((one) => one.metricUrlLatency({ ...named(one), statistic: 'p99' })),
    ),
    graph(
      'Modules: throttled',
      modules.map((one) => one.metricThrottles(named(one))),
    ),
  );
}

function workerRow(workers: readonly QueueWorker[]): IWidget {
  return row(
    graph(
      'Workers: waiting messages',
      workers.map((one) => one.metricBacklog(named(one))),
    ),
    graph(
      'Workers: oldest message (s)',
      workers.map((one) => one.metricBacklogAge(named(one))),
    ),
    graph(
      'Workers: dead letters',
      workers.map((one) => one.metricDeadLetters(named(one))),
    ),
    graph('Workers: crashes, throttled', [
      ...workers.map((one) => one.metricErrors({ ...named(one), label: `${one.node.id}: crashes` })),
      ...workers.map((one) => one.metricThrottles({ ...named(one), label: `${one.node.id}: throttled` })),
    ]),
  );
}

function relayRow(relays: readonly Relay[]): IWidget {
  return row(
    graph(
      'Relay: age of the last read record (ms)',
      relays.map((one) => one.metricIteratorAge({ period: MINUTE, label: 'lag' })),
    ),
    graph(
      'Relay: errors',
      relays.map((one) => one.metricErrors({ period: MINUTE, label: 'errors' })),
    ),
  );
}

/** Lines by target. A target has data while messages for it wait or are held. */
function quarantineRow(quarantine: Quarantine): IWidget {
  const byTarget = (metric: Metric): IMetric[] => {
    const { namespace, metricName } = metric;
    const { Stack: stack } = metric.dimensions as { readonly Stack: string };
    const search = `{${namespace},Stack,Target} MetricName="${metricName}" Stack="${stack}"`;
    return [
      new MathExpression({
        expression: `SEARCH('${search}', 'Maximum', 60)`,
        usingMetrics: {},
        label: '',
        period: MINUTE,
      }),
    ];
  };
  return row(
    graph('Quarantine: held messages', byTarget(quarantine.metricHeld())),
    graph('Quarantine: waiting messages', byTarget(quarantine.metricWaiting())),
    graph('Quarantine: oldest waiting message (s)', byTarget(quarantine.metricOldestWaiting())),
  );
}

/**
 * DynamoDB counts its internal errors by operation, so the graph finds them with a search
 * expression. These errors have no alarm, because an operator can only wait until they end.
 */
function tableRow(tables: readonly IShardedTable[]): IWidget {
  const shards = tables.flatMap((table) => table.shards.map((shard, i) => ({ shard, label: `${table.node.id} ${i}` })));
  const throttled = (metricName: string): IMetric[] =>
    shards.map(({ shard, label }) => shard.metric(metricName, { statistic: 'Sum', period: MINUTE, label }));
  return row(
    graph('Tables: throttled reads, by shard', throttled('ReadThrottleEvents')),
    graph('Tables: throttled writes, by shard', throttled('WriteThrottleEvents')),
    graph(
      'Tables: errors of DynamoDB itself',
      shards.map(
        ({ shard, label }) =>
          new MathExpression({
            expression: `SUM(SEARCH('{AWS/DynamoDB,Operation,TableName} MetricName="SystemErrors" TableName="${shard.tableName}"', 'Sum', 60))`,
            usingMetrics: {},
            label,
            period: MINUTE,
          }),
      ),
    ),
  );
}

function forecastRow(forecast: PredictiveScaling): IWidget {
  const options = { period: MINUTE };
  return row(
    graph(`${forecast.node.id}: concurrent executions`, [
      forecast.metricDemand({ ...options, label: 'demand' }),
      forecast.metricForecast({ ...options, label: 'forecast' }),
      forecast.metricFloor({ ...options, label: 'floor' }),
    ]),
    graph(`${forecast.node.id}: state`, [
      forecast.metricActing({ ...options, label: 'acting' }),
      forecast.metricDegraded({ ...options, label: 'degraded' }),
    ]),
  );
}

function named(part: Construct) {
  return { period: MINUTE, label: part.node.id };
}

function row(...graphs: ((width: number) => IWidget)[]): IWidget {
  return new Row(...graphs.map((make) => make(Math.floor(FULL_WIDTH / graphs.length))));
}

function graph(title: string, left: IMetric[]): (width: number) => IWidget {
  return (width) => new GraphWidget({ title, left, width, height: GRAPH_HEIGHT, leftYAxis: { min: 0 } });
}

function chunksOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
