import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Alarm, type CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';
import { EdgeDistribution } from '../edge';
import { SQS } from '../limits';
import { MicroModule } from '../modules';
import { PredictiveScaling } from '../prediction';
import { PROFILE, profileOf } from '../profile';
import { Quarantine } from '../quarantine';
import { noteReference } from '../stacks';
import { type IShardedTable, Relay } from '../tables';
import {
  invalid,
  mustBe,
  type PropChecks,
  requireLiteral,
  requireMember,
  requireOwnProps,
  requirePart,
} from '../validation';
import { QueueWorker } from '../workers';
import { type AlarmPlan, alarmText, COMPARISON } from './alarm-plan';
import { alarmTopic } from './alarm-topic';
import { makeDashboard, type Watched } from './dashboard';
import { edgeAlarm, edgeAlarmWords } from './edge-alarm';
import { forecastAlarms } from './forecast-alarms';
import { moduleAlarms } from './module-alarms';
import type { OperationsProps } from './operations-props';
import { quarantineAlarms } from './quarantine-alarms';
import { relayAlarms } from './relay-alarms';
import { tableAlarms } from './table-alarms';
import { workerAlarms } from './worker-alarms';

const RUNBOOK = 'https://github.com/breakwater-cdk/breakwater/blob/main/docs/constructs/operations.md';
const DEFAULT_MAX_MESSAGE_AGE = Duration.minutes(15);
/** Maximum age of a message. SQS deletes older messages. */
const MAX_MESSAGE_AGE = Duration.days(SQS.MAX_RETENTION_DAYS);

const PROPS: PropChecks<OperationsProps> = {
  topic: mustBe.object<ITopic>('ITopic', 'topicArn'),
  runbookUrl: mustBe.text,
  maxMessageAge: mustBe.instance(Duration, 'use Duration.minutes()'),
  profile: PROFILE,
};

/**
 * Monitoring for operators: one dashboard, a few alarms, and one SNS topic to which all alarms
 * publish. Each alarm's text says what happened, which command to run first, and which section of
 * the runbook to read.
 *
 * There is one alarm for each module, three for each worker, one for the relay, four for the
 * quarantine, one for every five shards of a table, one for each forecast and one for the edge.
 * CloudWatch bills about $0.10 a month for each metric that an alarm reads.
 *
 * The alarms' ids contain the parts' ids. So the `add` methods throw a BreakwaterError if another
 * watched part has the same id.
 *
 * ```ts
 * const operations = new Operations(this, 'Operations');
 * operations.addModule(search);
 * operations.addWorker(payments);
 * operations.topic.addSubscription(new EmailSubscription('on-call@example.com'));
 * ```
 */
export class Operations extends Construct {
  /** Topic that every alarm publishes to. */
  public readonly topic: ITopic;
  /** The dashboard. */
  public readonly dashboard: CfnDashboard;
  private readonly runbookUrl: string;
  private readonly maxMessageAge: Duration;
  private readonly watched: Watched = {
    edges: [],
    modules: [],
    workers: [],
    relays: [],
    quarantines: [],
    tables: [],
    forecasts: [],
    alarms: [],
  };

  /**
   * @throws BreakwaterError if `maxMessageAge` is out of bounds, a CDK token, or not in whole
   * minutes
   */
  public constructor(scope: Construct, id: string, props: OperationsProps = {}) {
    super(scope, id);
    requireOwnProps(this, Operations, props, PROPS);
    this.maxMessageAge = props.maxMessageAge ?? DEFAULT_MAX_MESSAGE_AGE;
    this.checkMaxMessageAge();
    this.runbookUrl = props.runbookUrl ?? RUNBOOK;
    this.topic = props.topic ?? alarmTopic(this, 'Topic', profileOf(this, props.profile));
    this.dashboard = makeDashboard(this, 'Dashboard', this.watched, this.runbookUrl);
    new CfnOutput(this, 'AlarmTopic', {
      value: this.topic.topicArn,
      description:
        'Subscribe to it: aws sns subscribe --protocol email --notification-endpoint ADDRESS --topic-arn ARN',
    });
    const { region } = Stack.of(this);
    new CfnOutput(this, 'DashboardUrl', {
      value: `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${this.dashboard.ref}`,
    });
  }

  /**
   * Adds an alarm on a module's failed and throttled requests. If the module is already added, this
   * method does nothing.
   */
  public addModule(module: MicroModule): void {
    requirePart(this, 'module', module, MicroModule, 'give the module itself');
    if (this.isNew(this.watched.modules, module)) this.addAlarms(module, moduleAlarms(module));
  }

  /**
   * Adds alarms on a worker's dead letters, on the age of its oldest message, and on crashes and
   * throttling of its function. The alarms of the quarantine are also added, and those of the relay
   * if the worker's stack has one, or gets one later.
   */
  public addWorker(worker: QueueWorker): void {
    requirePart(this, 'worker', worker, QueueWorker, 'give the worker itself');
    if (!this.isNew(this.watched.workers, worker)) return;
    this.addAlarms(worker, workerAlarms(worker, this.maxMessageAge));
    const quarantine = Quarantine._find(worker);
    if (quarantine !== undefined) this.addQuarantine(quarantine);
    this.addRelayOf(worker);
  }

  /**
   * Adds alarms on throttled requests of a table's shards. If the table's stack has a relay, or
   * gets one later, the relay's alarms are also added.
   */
  public addTable(table: IShardedTable): void {
    requireMember(this, 'table', table ?? null, 'IShardedTable', 'shards');
    if (!this.isNew(this.watched.tables, table)) return;
    this.addAlarms(table, tableAlarms(table));
    this.addRelayOf(table);
  }

  /**
   * Adds an alarm on a forecast that is degraded or publishes no metrics. With a profile without
   * provisioned concurrency, this method does nothing.
   */
  public addPredictiveScaling(scaling: PredictiveScaling): void {
    requirePart(this, 'scaling', scaling, PredictiveScaling, 'give the PredictiveScaling itself');
    if (this.isNew(this.watched.forecasts, scaling)) this.addAlarms(scaling, forecastAlarms(scaling));
  }

  /**
   * Adds an alarm on 5xx answers of the edge itself, without the 5xx answers of modules. Only a
   * stack in us-east-1 can have this alarm. In other Regions, synth warns that there is no alarm.
   */
  public addEdge(edge: EdgeDistribution): void {
    requirePart(this, 'edge', edge, EdgeDistribution, 'give the edge itself');
    if (!this.isNew(this.watched.edges, edge)) return;
    const text = alarmText(edgeAlarmWords(edge), this.runbookUrl);
    const modules = () => this.watched.modules.filter((module) => edge._serves(module));
    const alarm = edgeAlarm(this, `${edge.node.id}Failing`, edge, modules, text, this.topic.topicArn);
    if (alarm !== undefined) this.watched.alarms.push(alarm);
  }

  private addRelayOf(part: IConstruct): void {
    Relay._whenMade(part, (relay) => {
      const before = this.watched.relays.length;
      if (!this.isNew(this.watched.relays, relay)) return;
      this.addAlarms(relay, relayAlarms(relay, `Relay${before || ''}`));
      this.addQuarantine(relay.quarantine);
    });
  }

  private addQuarantine(quarantine: Quarantine): void {
    const before = this.watched.quarantines.length;
    if (!this.isNew(this.watched.quarantines, quarantine)) return;
    this.addAlarms(quarantine, quarantineAlarms(quarantine, `Quarantine${before || ''}`));
  }

  private isNew<T extends IConstruct>(known: T[], part: T): boolean {
    if (known.includes(part)) return false;
    noteReference(this, 'part', this, part);
    known.push(part);
    return true;
  }

  private addAlarms(part: Construct, plans: readonly AlarmPlan[]): void {
    for (const plan of plans) {
      if (this.node.tryFindChild(plan.id) !== undefined) {
        throw invalid(
          this,
          part.node.id,
          `must have a unique id among the watched parts, because the alarms' ids contain it: ${part.node.path} ` +
            "has the same id as another part. Rename one of them, or add it to another 'Operations'",
        );
      }
      const alarm = new Alarm(this, plan.id, {
        alarmDescription: alarmText(plan, this.runbookUrl),
        metric: plan.metric,
        threshold: plan.threshold,
        evaluationPeriods: plan.periods,
        datapointsToAlarm: plan.breaching,
        comparisonOperator: COMPARISON,
        treatMissingData: plan.missing,
      });
      alarm.addAlarmAction(new SnsAction(this.topic));
      this.watched.alarms.push(alarm);
    }
  }

  private checkMaxMessageAge(): void {
    const age = this.maxMessageAge;
    requireLiteral(this, 'maxMessageAge', age, 'it is compared with the timeouts of workers');
    const minutes = age.toSeconds() / 60;
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > MAX_MESSAGE_AGE.toMinutes()) {
      throw invalid(
        this,
        'maxMessageAge',
        `must be whole minutes from 1 to ${MAX_MESSAGE_AGE.toMinutes()} (14 days), got ${age.toHumanString()}`,
      );
    }
  }
}
