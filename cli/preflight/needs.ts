import { CAPACITY, type CapacityTarget } from '../../lib/protocol';

/**
 * The needs of synthesized templates: the numbers that quotas limit, and the items that AWS bills
 * on a day without requests.
 */
export interface Needs {
  /** Concurrency that functions reserve. */
  readonly reservedConcurrency: number;
  /** Concurrency that aliases provision from the start. */
  readonly provisionedConcurrency: number;
  /** Concurrency that target tracking and forecasts may provision. */
  readonly provisionedAtMost: number;
  /** Memory of the instances that are provisioned from the start. */
  readonly provisionedGigabytes: number;
  readonly webAcls: number;
  /** Rules and managed rule groups of all web ACLs. */
  readonly webAclRules: number;
  readonly keys: number;
  readonly distributions: number;
  readonly cachePolicies: number;
  readonly responseHeadersPolicies: number;
  readonly edgeFunctions: number;
  readonly originAccessControls: number;
  /** Queues that a function polls. */
  readonly polledQueues: number;
  readonly polledFifoQueues: number;
  /** Event source mappings with provisioned pollers, which AWS bills by the hour. */
  readonly provisionedPollers: number;
  /** Modules with a forecast. */
  readonly forecasts: number;
  /** Metrics that forecasts read every minute: demand, the heartbeat and each indicator. */
  readonly forecastMetrics: number;
  /**
   * Metrics that alarms read. An alarm with metric math reads several, and AWS bills each of them.
   */
  readonly alarmMetrics: number;
  readonly dashboards: number;
  /** Rules of Contributor Insights that DynamoDB makes for tables and indexes. */
  readonly insightRules: number;
  /** Invocations a day by schedules. */
  readonly scheduledRuns: number;
  /** Number of these invocations that X-Ray traces. */
  readonly tracedRuns: number;
  /** Memory of those invocations times their number, in GB. */
  readonly scheduledGigabyteRuns: number;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
}

function metricsOfAlarm(alarm: Resource): number {
  const { Metrics } = properties<{ Metrics: { MetricStat?: object }[] }>(alarm);
  return Metrics === undefined ? 1 : Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
}

/**
 * Number of Contributor Insights rules that DynamoDB makes for one table or index. Each key
 * attribute has one rule for throttled requests. If all accesses are recorded too, each key
 * attribute has a second rule.
 */
function insightRulesOf({ KeySchema: keys = [], ContributorInsightsSpecification: insights }: InsightSource): number {
  if (insights?.Enabled !== true) return 0;
  return keys.length * (insights.Mode === 'THROTTLED_KEYS' ? 1 : 2);
}

interface InsightSource {
  readonly KeySchema?: readonly object[];
  readonly ContributorInsightsSpecification?: { readonly Enabled?: boolean; readonly Mode?: string };
}

const MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1_440 };

/**
 * Invocations a day by an expression such as `rate(5 minutes)`. Other kinds of expressions count as
 * 0, because they run at most a few times a day.
 */
function runsADay(expression: string | undefined): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression ?? '') ?? [];
  const minutes = unit === undefined ? undefined : MINUTES[unit];
  return minutes === undefined ? 0 : 1_440 / (Number(count) * minutes);
}

/** The used part of a template. */
export interface Template {
  readonly Resources?: Record<string, Resource>;
}

function properties<T>(resource: Resource | undefined): Partial<T> {
  return (resource?.Properties ?? {}) as Partial<T>;
}

/** The logical ID in a `Ref` or `Fn::GetAtt`. */
function target(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: string[] };
  return ref ?? attribute?.[0];
}

/** Finds the function to which an ARN, a version or an alias refers. */
function functionBehind(resources: Readonly<Record<string, Resource>>, arn: unknown): Resource | undefined {
  let found = resources[target(arn) ?? ''];
  if (found?.Type === 'AWS::Lambda::Alias' || found?.Type === 'AWS::Lambda::Version') {
    found = resources[target(properties<{ FunctionName: unknown }>(found).FunctionName) ?? ''];
  }
  return found;
}

/** Text of an `Fn::Join`, with a placeholder for each reference. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { 'Fn::Join': join } = value as { 'Fn::Join'?: [string, unknown[]] };
  return join === undefined ? 'reference' : join[1].map(textOf).join(join[0]);
}

/** Counts what templates need. @param templates of every stack, nested ones too */
export function needsOf(templates: readonly Template[]): Needs {
  const needs = templates.map(needsOfOne);
  const names = Object.keys(needsOfOne({})) as (keyof Needs)[];
  return Object.fromEntries(
    names.map((name) => [name, needs.reduce((sum, one) => sum + one[name], 0)]),
  ) as unknown as Needs;
}

function needsOfOne(template: Template): Needs {
  const resources = template.Resources ?? {};
  const ofType = (type: string) => Object.values(resources).filter((resource) => resource.Type === type);
  const sum = <T>(items: readonly T[], value: (item: T) => number) =>
    items.reduce((total, item) => total + value(item), 0);

  const aliases = ofType('AWS::Lambda::Alias').map((alias) => {
    const { FunctionName: name, ProvisionedConcurrencyConfig: config } = properties<{
      FunctionName: unknown;
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: number };
    }>(alias);
    const memory = properties<{ MemorySize: number }>(resources[target(name) ?? '']).MemorySize ?? 128;
    const count = config?.ProvisionedConcurrentExecutions ?? 0;
    return { count, gigabytes: (count * memory) / 1024 };
  });
  const scaled = ofType('AWS::ApplicationAutoScaling::ScalableTarget')
    .map((found) => properties<{ ServiceNamespace: string; MaxCapacity: number }>(found))
    .filter(({ ServiceNamespace: service }) => service === CAPACITY.serviceNamespace)
    .map(({ MaxCapacity: max }) => max ?? 0);
  const forecasts = ofType(CAPACITY.resourceType).map(
    (found) => JSON.parse(textOf(properties<{ Target: unknown }>(found).Target)) as CapacityTarget,
  );
  const mappings = ofType('AWS::Lambda::EventSourceMapping').map((mapping) =>
    properties<{ EventSourceArn: unknown; ProvisionedPollerConfig: object }>(mapping),
  );
  const queues = mappings
    .map(({ EventSourceArn: arn }) => resources[target(arn) ?? ''])
    .filter((queue) => queue?.Type === 'AWS::SQS::Queue');
  const fifo = queues.filter((queue) => properties<{ FifoQueue: boolean }>(queue).FifoQueue === true);

  const tables = [...ofType('AWS::DynamoDB::Table'), ...ofType('AWS::DynamoDB::GlobalTable')].flatMap((table) => {
    const own = properties<InsightSource & { GlobalSecondaryIndexes: InsightSource[] }>(table);
    return [own, ...(own.GlobalSecondaryIndexes ?? [])];
  });
  const schedules = ofType('AWS::Scheduler::Schedule').map((schedule) => {
    const { ScheduleExpression: expression, Target } = properties<{
      ScheduleExpression: string;
      Target: { Arn: unknown };
    }>(schedule);
    const fn = functionBehind(resources, Target?.Arn);
    const { MemorySize: memory = 128, TracingConfig } = properties<{
      MemorySize: number;
      TracingConfig: { Mode: string };
    }>(fn);
    const runs = runsADay(expression);
    return { runs, traced: TracingConfig?.Mode === 'Active' ? runs : 0, gigabyteRuns: (runs * memory) / 1024 };
  });

  return {
    insightRules: sum(tables, insightRulesOf),
    scheduledRuns: sum(schedules, ({ runs }) => runs),
    tracedRuns: sum(schedules, ({ traced }) => traced),
    scheduledGigabyteRuns: sum(schedules, ({ gigabyteRuns }) => gigabyteRuns),
    reservedConcurrency: sum(
      ofType('AWS::Lambda::Function'),
      (fn) => properties<{ ReservedConcurrentExecutions: number }>(fn).ReservedConcurrentExecutions ?? 0,
    ),
    provisionedConcurrency: sum(aliases, ({ count }) => count),
    provisionedAtMost: sum(scaled, (max) => max) + sum(forecasts, ({ max }) => max),
    provisionedGigabytes: sum(aliases, ({ gigabytes }) => gigabytes),
    webAcls: ofType('AWS::WAFv2::WebACL').length,
    webAclRules: sum(ofType('AWS::WAFv2::WebACL'), (acl) => properties<{ Rules: unknown[] }>(acl).Rules?.length ?? 0),
    keys: ofType('AWS::KMS::Key').length,
    distributions: ofType('AWS::CloudFront::Distribution').length,
    cachePolicies: ofType('AWS::CloudFront::CachePolicy').length,
    responseHeadersPolicies: ofType('AWS::CloudFront::ResponseHeadersPolicy').length,
    edgeFunctions: ofType('AWS::CloudFront::Function').length,
    originAccessControls: ofType('AWS::CloudFront::OriginAccessControl').length,
    polledQueues: queues.length - fifo.length,
    polledFifoQueues: fifo.length,
    provisionedPollers: mappings.filter((mapping) => mapping.ProvisionedPollerConfig !== undefined).length,
    forecasts: forecasts.length,
    forecastMetrics: sum(forecasts, ({ indicators = [] }) => 2 + indicators.length),
    alarmMetrics: sum(ofType('AWS::CloudWatch::Alarm'), metricsOfAlarm),
    dashboards: ofType('AWS::CloudWatch::Dashboard').length,
  };
}
