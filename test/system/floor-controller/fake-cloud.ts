import { ApplicationAutoScaling } from '../../../lambdas/system/floor-controller/aws/application-auto-scaling';
import { AwsApi } from '../../../lambdas/system/floor-controller/aws/aws-api';
import { CloudWatchMetrics } from '../../../lambdas/system/floor-controller/aws/cloudwatch-metrics';
import { DynamoDbCapacityStore } from '../../../lambdas/system/floor-controller/aws/dynamodb-capacity-store';
import { LambdaAliases } from '../../../lambdas/system/floor-controller/aws/lambda-aliases';
import type { Line } from '../../../lambdas/system/floor-controller/telemetry';
import { type CapacityTarget, resourceIdOf } from '../../../lib/protocol';
import { ScalingError, ScalingStandIn } from '../../../local/scaling';
import { DynamoStub } from '../../runtime/dynamodb-stub';

const MINUTE = 60_000;
const DAY = 1_440;

/** Monday, 2026-11-02, 00:00 UTC, in minutes since 1970. */
export const MONDAY = Date.parse('2026-11-02T00:00:00Z') / MINUTE;

export const TARGET: CapacityTarget = {
  name: 'Shop/Checkout',
  functionName: 'checkout',
  aliasName: 'live',
  min: 2,
  max: 50,
  leadMinutes: 5,
  goal: { price: 40 },
};
/** The floor controller's own function. */
export const FLOOR_CONTROLLER = 'floor-controller';
export const RESOURCE_ID = resourceIdOf(TARGET);

/** A call as it came over the wire. */
export interface WireCall {
  /** `dynamodb.PutItem`, `lambda.GET /2015-03-31/...` */
  readonly name: string;
  readonly input: Record<string, unknown>;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The four services on the wire, in memory: each refuses what AWS refuses. DynamoDB is the stub of the runtime's tests, Application Auto
 * Scaling the stand-in that local runs use.
 */
export class FakeCloud {
  static async start(): Promise<FakeCloud> {
    const stub = await DynamoStub.start();
    stub.createTable('capacity', { partitionKey: 'target', sortKey: 'part' });
    const { hostname, port } = await stub.client.config.endpoint!();
    return new FakeCloud(stub, `http://${hostname}:${port}`);
  }

  /** Milliseconds since 1970. */
  now = (MONDAY + 8 * 60) * MINUTE;
  readonly calls: WireCall[] = [];
  readonly lines: Line[] = [];
  readonly waits: number[] = [];
  /** Values by minute, of `<function> <metric> <statistic>`. */
  readonly metrics = new Map<string, Map<number, number>>();
  /** CloudWatch is late with this minute and all later ones. */
  lateFrom = Infinity;
  /** Whether the floor controller ran in a minute. */
  ran: (minute: number) => boolean = () => true;
  /** Data points of a page. */
  pageSize = 100_800;
  weights: Record<string, number> = {};
  /** Provisioned concurrency of the alias; undefined if it has none. */
  provisioned: number | undefined = 2;
  provisioningFailure: string | undefined;
  account = { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 1_000 };
  /** Answers a call before its service does: an error's status and code, or a wait, or nothing. */
  intervene: (name: string, input: Record<string, unknown>) => [number, string] | undefined | Promise<void> = () =>
    undefined;

  readonly scaling = new ScalingStandIn({
    region: 'us-east-1',
    account: '123456789012',
    now: () => this.now,
    concurrency: {
      read: async () => this.provisioned ?? 0,
      write: async (_, units) => this.provision(units),
    },
  });

  private constructor(
    readonly stub: DynamoStub,
    private readonly dynamodb: string,
  ) {}

  stop(): Promise<void> {
    return this.stub.stop();
  }

  get minute(): number {
    return Math.floor(this.now / MINUTE);
  }

  set minute(minute: number) {
    this.now = minute * MINUTE;
  }

  /** Everything of the world but the forecast. */
  world() {
    const api = new AwsApi({
      fetch: (url, init) => this.fetch(String(url), init!),
      env: {
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'key',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_SESSION_TOKEN: 'token',
      },
      remainingMs: () => 60_000,
      sleep: async (ms) => void this.waits.push(ms),
      random: () => 0.5,
    });
    return {
      store: new DynamoDbCapacityStore(api, 'capacity'),
      metrics: new CloudWatchMetrics(api),
      aliases: new LambdaAliases(api),
      targets: new ApplicationAutoScaling(api),
      log: (line: Line) => void this.lines.push(line),
      now: () => this.now,
      functionName: FLOOR_CONTROLLER,
      remainingMs: () => 60_000,
    };
  }

  /** Names of the calls that change something, in order. */
  get changes(): string[] {
    return this.calls
      .map(({ name }) => name)
      .filter((name) => /Register|Put(Scaling|Scheduled)|Delete(Scaling|Scheduled)|PUT/.test(name));
  }

  inputOf(name: string): Record<string, unknown> {
    const found = this.calls.findLast((call) => call.name.startsWith(name));
    if (found === undefined) throw new Error(`${name} was never called`);
    return found.input;
  }

  count(name: string): number {
    return this.calls.filter((call) => call.name.startsWith(name)).length;
  }

  /** The floor that holds. */
  async floor(): Promise<number | undefined> {
    const answer = await this.scaling.call('DescribeScalableTargets', { ServiceNamespace: 'lambda' });
    return (answer['ScalableTargets'] as { MinCapacity: number }[])[0]?.MinCapacity;
  }

  async utilisation(): Promise<number | undefined> {
    const answer = await this.scaling.call('DescribeScalingPolicies', { ServiceNamespace: 'lambda' });
    const [policy] = answer['ScalingPolicies'] as {
      TargetTrackingScalingPolicyConfiguration: { TargetValue: number };
    }[];
    return policy?.TargetTrackingScalingPolicyConfiguration.TargetValue;
  }

  async fallBack(): Promise<{ Schedule: string; ScalableTargetAction: { MinCapacity: number } } | undefined> {
    const answer = await this.scaling.call('DescribeScheduledActions', { ServiceNamespace: 'lambda' });
    return (answer['ScheduledActions'] as { Schedule: string; ScalableTargetAction: { MinCapacity: number } }[])[0];
  }

  /** Sets a metric from `from` to before `until`. */
  measure(functionName: string, from: number, until: number, value: (minute: number) => number | undefined): void {
    const [metric, statistic] =
      functionName === 'checkout' ? ['ConcurrentExecutions', 'Maximum'] : ['Invocations', 'Sum'];
    const key = `${functionName} ${metric} ${statistic}`;
    const values = this.metrics.get(key) ?? new Map<number, number>();
    this.metrics.set(key, values);
    for (let minute = from; minute < until; minute++) {
      const measured = value(minute);
      if (measured !== undefined) values.set(minute, measured);
    }
  }

  async fetch(url: string, init: RequestInit): Promise<Response> {
    const { hostname, pathname, search } = new URL(url);
    const service = hostname.split('.')[0]!;
    const headers = new Headers(init.headers);
    const scope = new RegExp(`Credential=key/\\d{8}/us-east-1/${service}/aws4_request`);
    if (!scope.test(headers.get('authorization') ?? '') || headers.get('x-amz-security-token') !== 'token') {
      throw new Error(`not signed for ${service}: ${headers.get('authorization')}`);
    }
    const input = init.body === undefined ? {} : (JSON.parse(String(init.body)) as Record<string, unknown>);
    const target = headers.get('x-amz-target');
    const name =
      target === null ? `${service}.${init.method} ${pathname}${search}` : `${service}.${target.split('.')[1]}`;
    this.calls.push({ name, input });
    try {
      const refusal = await this.intervene(name, input);
      if (refusal) throw new Refusal(refusal[0], refusal[1], 'as the test wants it');
      if (service === 'dynamodb') return await fetch(this.dynamodb, { ...init, body: JSON.stringify(input) });
      return Response.json(await this.answer(service, name, target, headers.get('content-type'), input));
    } catch (error) {
      if (error instanceof Refusal) {
        return Response.json(
          service === 'lambda' ? { Message: error.message } : { __type: error.code, message: error.message },
          { status: error.status, headers: { 'x-amzn-errortype': `${error.code}:http://internal/` } },
        );
      }
      if (error instanceof ScalingError) {
        return Response.json({ __type: error.code, message: error.message }, { status: 400 });
      }
      throw error;
    }
  }

  private async answer(
    service: string,
    name: string,
    target: string | null,
    type: string | null,
    input: Record<string, unknown>,
  ): Promise<unknown> {
    switch (service) {
      case 'application-autoscaling':
        if (type !== 'application/x-amz-json-1.1' || !target?.startsWith('AnyScaleFrontendService.')) {
          throw new Refusal(400, 'UnknownOperationException', `${type} ${target}`);
        }
        return this.scaling.call(target.split('.')[1]!, input);
      case 'monitoring':
        if (type !== 'application/x-amz-json-1.0' || target !== 'GraniteServiceVersion20100801.GetMetricData') {
          throw new Refusal(404, 'UnknownOperationException', `${type} ${target}`);
        }
        return this.metricData(input as unknown as MetricDataInput);
      case 'lambda':
        return this.lambda(name.slice('lambda.'.length), input);
      default:
        throw new Error(`no service ${service}`);
    }
  }

  private metricData({ MetricDataQueries, StartTime, EndTime, ScanBy, NextToken }: MetricDataInput): unknown {
    const [from, until] = [StartTime / 60, EndTime / 60];
    if (!Number.isInteger(from) || !Number.isInteger(until) || until <= from) {
      throw new Refusal(400, 'ValidationError', `StartTime ${StartTime} and EndTime ${EndTime}`);
    }
    // Older minutes are there in steps of five only.
    if (from < this.minute - 15 * DAY)
      throw new Refusal(400, 'ValidationError', 'StartTime is too far back for Period');
    if (MetricDataQueries.length > 500) throw new Refusal(400, 'ValidationError', 'too many queries');
    const points = MetricDataQueries.flatMap(({ Id, MetricStat: { Metric, Period, Stat } }) => {
      const [dimension] = Metric.Dimensions;
      if (!/^[a-z]\w*$/.test(Id) || Period !== 60 || Metric.Namespace !== 'AWS/Lambda') {
        throw new Refusal(400, 'ValidationError', `query ${Id}`);
      }
      if (Metric.Dimensions.length !== 1 || dimension?.Name !== 'FunctionName') {
        throw new Refusal(400, 'ValidationError', 'dimensions');
      }
      const values =
        dimension.Value === FLOOR_CONTROLLER
          ? this.beats(from, until)
          : (this.metrics.get(`${dimension.Value} ${Metric.MetricName} ${Stat}`) ?? new Map<number, number>());
      return [...values]
        .filter(([minute]) => minute >= from && minute < Math.min(until, this.lateFrom))
        .sort(([a], [b]) => (ScanBy === 'TimestampAscending' ? a - b : b - a))
        .map(([minute, value]) => ({ id: Id, minute, value }));
    });
    const start = Number(NextToken ?? 0);
    const page = points.slice(start, start + this.pageSize);
    const more = start + this.pageSize < points.length;
    return {
      MetricDataResults: MetricDataQueries.map(({ Id }) => ({
        Id,
        Label: Id,
        Timestamps: page.filter(({ id }) => id === Id).map(({ minute }) => minute * 60),
        Values: page.filter(({ id }) => id === Id).map(({ value }) => value),
        StatusCode: more ? 'PartialData' : 'Complete',
      })),
      Messages: [],
      ...(more ? { NextToken: String(start + this.pageSize) } : {}),
    };
  }

  private beats(from: number, until: number): Map<number, number> {
    const minutes = Array.from({ length: until - from }, (_, i) => from + i);
    return new Map(minutes.filter((minute) => this.ran(minute)).map((minute) => [minute, 1]));
  }

  private lambda(call: string, input: Record<string, unknown>): unknown {
    switch (call) {
      case 'GET /2015-03-31/functions/checkout/aliases/live':
        return {
          Name: 'live',
          FunctionVersion: '7',
          ...(Object.keys(this.weights).length > 0
            ? { RoutingConfig: { AdditionalVersionWeights: this.weights } }
            : { RoutingConfig: null }),
        };
      case 'GET /2019-09-30/functions/checkout/provisioned-concurrency?Qualifier=live':
        if (this.provisioned === undefined) {
          throw new Refusal(
            404,
            'ProvisionedConcurrencyConfigNotFoundException',
            'No Provisioned Concurrency Config found',
          );
        }
        return {
          RequestedProvisionedConcurrentExecutions: this.provisioned,
          AvailableProvisionedConcurrentExecutions: this.provisioned,
          AllocatedProvisionedConcurrentExecutions: this.provisioned,
          ...(this.provisioningFailure === undefined
            ? { Status: 'READY' }
            : { Status: 'FAILED', StatusReason: this.provisioningFailure }),
        };
      case 'PUT /2019-09-30/functions/checkout/provisioned-concurrency?Qualifier=live':
        this.provision(input['ProvisionedConcurrentExecutions'] as number);
        return {};
      case 'GET /2016-08-19/account-settings':
        return { AccountLimit: this.account, AccountUsage: {} };
      default:
        throw new Refusal(404, 'ResourceNotFoundException', `Function not found: ${call}`);
    }
  }

  private provision(units: number): void {
    if (Object.keys(this.weights).length > 0) {
      throw new Refusal(
        400,
        'InvalidParameterValueException',
        'Alias with weights can not be used with Provisioned Concurrency',
      );
    }
    if (units > this.account.UnreservedConcurrentExecutions - 100) {
      throw new Refusal(400, 'InvalidParameterValueException', 'below its minimum value of [100]');
    }
    this.provisioned = units;
  }
}

interface MetricDataInput {
  readonly MetricDataQueries: {
    readonly Id: string;
    readonly MetricStat: {
      readonly Metric: {
        readonly Namespace: string;
        readonly MetricName: string;
        readonly Dimensions: { readonly Name: string; readonly Value: string }[];
      };
      readonly Period: number;
      readonly Stat: string;
    };
  }[];
  readonly StartTime: number;
  readonly EndTime: number;
  readonly ScanBy?: string;
  readonly NextToken?: string;
}
