import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { ApplicationAutoScaling } from '../../../lambdas/system/floor-controller/application-auto-scaling';
import type { AwsClients } from '../../../lambdas/system/floor-controller/aws-clients';
import { CloudWatchMetrics } from '../../../lambdas/system/floor-controller/cloudwatch-metrics';
import { DynamoDbCapacityStore } from '../../../lambdas/system/floor-controller/dynamodb-capacity-store';
import { LambdaAliases } from '../../../lambdas/system/floor-controller/lambda-aliases';
import type { Line } from '../../../lambdas/system/floor-controller/telemetry';
import { type CapacityTarget, resourceIdOf } from '../../../lib/protocol';
import { FakeScaling, ScalingError } from '../../../local/scaling';
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

/** Name of the stack, the value of the tag on its targets. */
export const STACK = 'Shop';

/** A call of a client. */
export interface Call {
  /** `dynamodb.PutItem`, `lambda.GetAlias` */
  readonly name: string;
  readonly input: Record<string, unknown>;
}

/** An error as the SDK's clients throw it. */
class Refusal extends Error {
  readonly $metadata: { readonly httpStatusCode: number };
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = code;
    this.$metadata = { httpStatusCode: status };
  }
}

/**
 * The four services in memory, behind the SDK's clients: each refuses what AWS refuses. DynamoDB is the stub of the
 * runtime's tests, Application Auto Scaling the fake that local runs use.
 */
export class FakeCloud {
  static async start(): Promise<FakeCloud> {
    const stub = await DynamoStub.start();
    stub.createTable('capacity', { partitionKey: 'target', sortKey: 'part' });
    return new FakeCloud(stub);
  }

  /** Milliseconds since 1970. */
  now = (MONDAY + 8 * 60) * MINUTE;
  readonly calls: Call[] = [];
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

  readonly scaling = new FakeScaling({
    region: 'us-east-1',
    account: '123456789012',
    now: () => this.now,
    concurrency: {
      read: async () => this.provisioned ?? 0,
      write: async (_, units) => this.provision(units),
    },
  });

  private constructor(readonly stub: DynamoStub) {}

  stop(): Promise<void> {
    return this.stub.stop();
  }

  get minute(): number {
    return Math.floor(this.now / MINUTE);
  }

  set minute(minute: number) {
    this.now = minute * MINUTE;
  }

  readonly clients: AwsClients = {
    autoScaling: this.client<ApplicationAutoScalingClient>('application-autoscaling', (operation, input) =>
      this.scaling.call(operation, input),
    ),
    cloudWatch: this.client<CloudWatchClient>('monitoring', (_, input) => this.metricData(input as never)),
    dynamoDb: this.client<DynamoDBClient>('dynamodb', (_, __, command) => this.stub.client.send(command as never)),
    lambda: this.client<LambdaClient>('lambda', (operation, input) => this.lambda(operation, input)),
  };

  /** Everything that a run needs but the forecast. */
  dependencies() {
    const { signal } = new AbortController();
    const { autoScaling, cloudWatch, dynamoDb, lambda } = this.clients;
    const waiting = { sleep: async (ms: number) => void this.waits.push(ms), random: () => 0.5 };
    return {
      store: new DynamoDbCapacityStore(dynamoDb, signal, 'capacity'),
      metrics: new CloudWatchMetrics(cloudWatch, signal),
      aliases: new LambdaAliases(lambda, signal),
      targets: new ApplicationAutoScaling(autoScaling, signal, STACK, waiting),
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
      .filter((name) => /Register|Put(Scaling|Scheduled|Provisioned)|Delete(Scaling|Scheduled)/.test(name));
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

  /** A client that records its calls and lets a test answer them first. */
  private client<T extends { send: unknown }>(
    service: string,
    answer: (operation: string, input: Record<string, unknown>, command: object) => unknown,
  ): Pick<T, 'send'> {
    const send = async (command: { readonly input: object }, options?: { readonly abortSignal?: AbortSignal }) => {
      if (options?.abortSignal === undefined) throw new Error('every call must end before the function is stopped');
      options.abortSignal.throwIfAborted();
      const operation = command.constructor.name.replace(/Command$/, '');
      const name = `${service}.${operation}`;
      const input = command.input as Record<string, unknown>;
      this.calls.push({ name, input });
      const refusal = await this.intervene(name, input);
      if (refusal) throw new Refusal(refusal[0], refusal[1], `${name} failed: ${refusal.join(' ')}`);
      try {
        return await answer(operation, input, command);
      } catch (error) {
        if (error instanceof ScalingError) throw new Refusal(400, error.code, error.message);
        throw error;
      }
    };
    return { send } as Pick<T, 'send'>;
  }

  private metricData({ MetricDataQueries, StartTime, EndTime, ScanBy, NextToken }: MetricDataInput): unknown {
    const [from, until] = [StartTime.getTime() / MINUTE, EndTime.getTime() / MINUTE];
    if (!Number.isInteger(from) || !Number.isInteger(until) || until <= from) {
      throw new Refusal(400, 'ValidationError', `from ${from} until ${until}`);
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
        Timestamps: page.filter(({ id }) => id === Id).map(({ minute }) => new Date(minute * MINUTE)),
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

  private lambda(operation: string, input: Record<string, unknown>): unknown {
    const alias = [input['FunctionName'], input['Name'] ?? input['Qualifier']].join(':');
    if (operation !== 'GetAccountSettings' && alias !== 'checkout:live') {
      throw new Refusal(404, 'ResourceNotFoundException', `Function not found: ${alias}`);
    }
    switch (operation) {
      case 'GetAlias':
        return {
          Name: 'live',
          FunctionVersion: '7',
          ...(Object.keys(this.weights).length > 0
            ? { RoutingConfig: { AdditionalVersionWeights: this.weights } }
            : {}),
        };
      case 'GetProvisionedConcurrencyConfig':
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
      case 'PutProvisionedConcurrencyConfig':
        this.provision(input['ProvisionedConcurrentExecutions'] as number);
        return {};
      case 'GetAccountSettings':
        return { AccountLimit: this.account, AccountUsage: {} };
      default:
        throw new Error(`Lambda has no ${operation} here`);
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
  readonly StartTime: Date;
  readonly EndTime: Date;
  readonly ScanBy?: string;
  readonly NextToken?: string;
}
