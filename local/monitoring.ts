import type { CloudApi, EdgeLogEntry, IOriginClient } from '../testing';
import {
  type AlarmChange,
  type AlarmDefinition,
  AlarmWatch,
  type MetricPoint,
  PointStore,
  readAlarm,
  UnsupportedAlarm,
} from './alarms';
import type { Template } from './assembly';
import { type ResolveProps, resolveValue } from './deploy';
import type { LogEvent } from './events';
import {
  edgeMetrics,
  embeddedMetrics,
  FunctionDimensions,
  FunctionLog,
  MeasuredOrigins,
  putMetrics,
  queueMetrics,
} from './metrics';
import { readQueues } from './queues';

/** Interval at which the queues and the emulator's log are read. */
const INTERVAL_MS = 3_000;
const SET_STATE = 'GraniteServiceVersion20100801.SetAlarmState';
const MAX_REASON = 1_000;

/** A deployed stack with the template that was synthesized for it. */
export interface MonitoredStack extends ResolveProps {
  readonly template: Template;
}

export interface MonitoringProps {
  readonly api: CloudApi;
  readonly stacks: readonly MonitoredStack[];
  /** The emulator's log. */
  readonly logFile: string;
  /** Prints a line on the terminal. */
  readonly line: (text: string) => void;
}

/**
 * Replaces the part of CloudWatch that the emulator lacks. It publishes metrics of function URLs,
 * queues, event source mappings, the quarantine and the edge, and evaluates the alarms of the
 * synthesized templates. If the state of an alarm changes, the state of the deployed alarm is set,
 * so that the alarm's actions run.
 */
export class Monitoring {
  public readonly alarms: AlarmWatch;
  private readonly points = new PointStore();
  private readonly functions: FunctionDimensions;
  private readonly log: FunctionLog;
  private unpublished: MetricPoint[] = [];
  private timer?: NodeJS.Timeout;
  private working?: Promise<void>;

  public constructor(private readonly props: MonitoringProps) {
    this.functions = new FunctionDimensions(props.stacks.flatMap(({ resources }) => resources));
    this.log = new FunctionLog(props.logFile, this.functions);
    const unsupported = (alarm: string, reason: string) =>
      props.line(`alarm ${alarm} is not evaluated here: ${reason}`);
    this.alarms = new AlarmWatch({
      alarms: props.stacks.flatMap((stack) => alarmsOf(stack, unsupported)),
      points: this.points,
      onChange: (change) => this.publish(change),
      onUnsupported: unsupported,
    });
  }

  /** Wraps an origin client, to measure requests to function URLs. */
  public measured(origins: IOriginClient): IOriginClient {
    return new MeasuredOrigins(origins, this.functions, (points) => this.take(points));
  }

  /** Counts an answer of a distribution. */
  public onRequest(distributionId: string, entry: EdgeLogEntry): void {
    this.take(edgeMetrics(distributionId, entry, Date.now()));
  }

  /** Takes the metrics of a function's log line, if it has some. */
  public onLog(line: LogEvent): void {
    this.take(embeddedMetrics(line));
  }

  /** Reads the queues and the log, and evaluates alarms, every three seconds until `stop`. */
  public start(): void {
    this.timer = setInterval(() => {
      // If a poll takes longer than the interval, no second poll starts at the same time.
      this.working ??= this.poll()
        .catch((error: Error) => this.props.line(`metrics could not be read: ${error.message}`))
        .finally(() => {
          this.working = undefined;
        });
    }, INTERVAL_MS).unref();
  }

  /** Stops. Returns when no read is running. */
  public async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }

  /**
   * Reads the queues and the log, publishes metrics and evaluates the alarms.
   * @param now time at which alarms are evaluated. With a later time, a test can evaluate future
   * periods.
   */
  public async poll(now = Date.now()): Promise<void> {
    const measuredAt = Date.now();
    this.take(queueMetrics(await readQueues(this.props.api.props.endpoint), measuredAt));
    this.take(this.log.read(measuredAt));
    const points = this.unpublished;
    this.unpublished = [];
    await putMetrics(this.props.api, points);
    // The time is later than the newest points, so that the newest period contains them.
    await this.alarms.evaluate(Math.max(now, Date.now() + 1));
  }

  private take(points: readonly MetricPoint[]): void {
    this.points.add(points);
    this.unpublished.push(...points);
  }

  private async publish({ alarm, before, state, reason }: AlarmChange): Promise<void> {
    if (state === 'ALARM') {
      const [happened, ...rest] = alarm.description.split('\n');
      this.props.line(`ALARM ${alarm.name}: ${happened || reason}`);
      for (const line of rest) this.props.line(`  ${line}`);
    } else if (before === 'ALARM') {
      this.props.line(`alarm ${alarm.name} is ${state} again`);
    }
    const input = { AlarmName: alarm.name, StateValue: state, StateReason: reason.slice(0, MAX_REASON) };
    await this.props.api.json('monitoring', SET_STATE, input);
  }
}

function alarmsOf(stack: MonitoredStack, unsupported: (alarm: string, reason: string) => void): AlarmDefinition[] {
  return Object.entries(stack.template.Resources ?? {}).flatMap(
    ([logicalId, { Type: type, Properties: properties = {} }]) => {
      if (type === 'AWS::CloudWatch::CompositeAlarm') unsupported(logicalId, 'a composite alarm is not supported here');
      if (type !== 'AWS::CloudWatch::Alarm') return [];
      const name = stack.resources.find((resource) => resource.logicalId === logicalId)?.physicalId ?? logicalId;
      try {
        return [readAlarm(name, resolveValue(properties, stack) as typeof properties)];
      } catch (error) {
        if (!(error instanceof UnsupportedAlarm)) throw error;
        unsupported(name, error.message);
        return [];
      }
    },
  );
}
