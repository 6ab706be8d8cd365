import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { MS_PER_MINUTE } from '../../forecast/minutes';
import { CAPACITY, CAPACITY_TABLE_KEY, type CapacityTarget, Environment, resourceIdOf } from '../../lib/protocol';
import { knownTypes, type PreparedAssembly, prepareAssembly, readAssembly, type Template } from '../../local/assembly';
import { Emulator, LOCAL_ACCOUNT, LOCAL_REGION, stopCommands } from '../../local/cloud';
import { describeStack, localCredentials } from '../../local/deploy';
import type { LocalResource } from '../../local/running-app';
import {
  EmulatorConcurrency,
  FakeScaling,
  missingRights,
  type ScalingServer,
  serveScaling,
  statementsOfCaller,
} from '../../local/scaling';
import { CloudApi, type Json, type JsonObject } from '../../testing';
import { buildCapacityStack } from './capacity-stack';
import { CdkCli } from './cdk-cli';
import { PROJECT_ROOT } from './project-root';

/** Settings of an alias in Application Auto Scaling and in Lambda. */
export interface Standing {
  readonly min: number;
  readonly max: number;
  /** Utilisation that target tracking keeps. */
  readonly target: number;
  readonly provisioned: number;
}

const DIMENSION = { ServiceNamespace: CAPACITY.serviceNamespace, ScalableDimension: CAPACITY.scalableDimension };
const DYNAMO = 'DynamoDB_20120810';
const LAMBDA = '/2015-03-31/functions';

const apiAt = (endpoint: string) =>
  new CloudApi({
    endpoint,
    region: LOCAL_REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

/**
 * A stack with a forecast floor on the local AWS emulator, deployed by the real CLI. A fake of Application Auto Scaling passes the
 * floor on to the emulator's Lambda. The schedule is stopped: the test starts each minute's run itself.
 */
export class CapacityLoop {
  /** @param folder of this run, with the certificate that this process trusts */
  public static async start(folder: string): Promise<CapacityLoop> {
    const loop = new CapacityLoop();
    try {
      await loop.deploy(folder);
      return loop;
    } catch (error) {
      await loop.stop();
      throw error;
    }
  }

  public api!: CloudApi;
  public assembly!: PreparedAssembly;
  /** The deployed schedule. */
  public schedule!: JsonObject;
  /** Input of the schedule. */
  public target!: CapacityTarget;
  /** Milliseconds by which the fake's clock is ahead. */
  public ahead = 0;
  /** Errors of an emulator that ended without having been stopped. */
  public readonly lost: Error[] = [];
  private readonly requests: string[] = [];
  private cloud?: Emulator;
  private cdk!: CdkCli;
  private scaling!: CloudApi;
  private fake!: FakeScaling;
  private server?: ScalingServer;
  private resources!: readonly LocalResource[];

  private constructor() {}

  public async stop(): Promise<void> {
    await stopCommands();
    await this.server?.close();
    await this.cloud?.stop();
  }

  /** Destroys the stack by the CLI. The emulator keeps running. */
  public destroy(): Promise<void> {
    return this.cdk.destroy(this.assembly.directory);
  }

  /** The deployed template, with the logical id of the scaled function. */
  public scaledFunction(): { readonly template: Template; readonly logicalId: string } {
    const { template } = readAssembly(this.assembly.directory).stacks[0]!;
    const scaled = this.resources.find(
      ({ type, physicalId }) => type === 'AWS::Lambda::Function' && physicalId === this.target.functionName,
    )!;
    return { template, logicalId: scaled.logicalId };
  }

  public physicalId(type: string, logicalId: RegExp): string {
    return this.resources.find((one) => one.type === type && logicalId.test(one.logicalId))!.physicalId;
  }

  /** Calls an operation of the fake, signed. */
  public autoScaling(operation: string, input: JsonObject): Promise<JsonObject> {
    return this.scaling.json('application-autoscaling', `AnyScaleFrontendService.${operation}`, input);
  }

  /** Requests to the fake so far that change something. */
  public changes(): string[] {
    return this.requests.filter((line) => !/\.Describe/.test(line));
  }

  public async standing(): Promise<Standing> {
    const ResourceId = resourceIdOf(this.target);
    const targets = await this.autoScaling('DescribeScalableTargets', { ...DIMENSION, ResourceIds: [ResourceId] });
    const policies = await this.autoScaling('DescribeScalingPolicies', { ...DIMENSION, ResourceId });
    const [scalable] = targets['ScalableTargets'] as JsonObject[];
    const [policy] = policies['ScalingPolicies'] as JsonObject[];
    const { functionName, aliasName } = this.target;
    const where = `/2019-09-30/functions/${functionName}/provisioned-concurrency?Qualifier=${aliasName}`;
    const stored = (await (await this.api.rest('lambda', 'GET', where)).json()) as JsonObject;
    return {
      min: Number(scalable!['MinCapacity']),
      max: Number(scalable!['MaxCapacity']),
      target: Number((policy!['TargetTrackingScalingPolicyConfiguration'] as JsonObject)['TargetValue']),
      provisioned: Number(stored['RequestedProvisionedConcurrentExecutions']),
    };
  }

  /** Sets the floor without the floor controller. */
  public async setFloor(min: number): Promise<void> {
    const ResourceId = resourceIdOf(this.target);
    await this.autoScaling('RegisterScalableTarget', { ...DIMENSION, ResourceId, MinCapacity: min });
  }

  /** Lets minutes pass for the fake only. */
  public async runDueActionsAfter(minutes: number): Promise<void> {
    this.ahead = minutes * MS_PER_MINUTE;
    await this.fake.runDueActions();
  }

  /** Gives a second version a share of the alias's traffic, as a gradual rollout does. */
  public async shiftTraffic(share: number): Promise<void> {
    const { functionName, aliasName } = this.target;
    const weights: JsonObject = share === 0 ? {} : { '2': share };
    const change = { RoutingConfig: { AdditionalVersionWeights: weights } };
    await this.api.rest('lambda', 'PUT', `${LAMBDA}/${functionName}/aliases/${aliasName}`, JSON.stringify(change));
  }

  /** Starts the floor controller as its schedule does. @returns its log line of the minute */
  public async tick(): Promise<JsonObject> {
    const { Arn, Input } = this.schedule['Target'] as JsonObject;
    const where = `${LAMBDA}/${encodeURIComponent(String(Arn))}/invocations`;
    const answer = await this.api.rest('lambda', 'POST', where, String(Input), { 'x-amz-log-type': 'Tail' });
    const log = Buffer.from(answer.headers.get('x-amz-log-result') ?? '', 'base64').toString();
    const measured = log
      .split('\n')
      .filter((line) => line.includes('"_aws"'))
      .at(-1);
    if (measured === undefined) {
      throw new Error(`the floor controller said nothing of the minute: ${log.slice(-2_000)} ${await answer.text()}`);
    }
    return JSON.parse(measured.slice(measured.indexOf('{'))) as JsonObject;
  }

  /** Runs again in the present minute as if it were the next one, so that no test has to wait. */
  public async tickAgain(): Promise<JsonObject> {
    await this.forgetMinute();
    return this.tick();
  }

  /** Sets the floor controller's record to the minute before this one. */
  public async forgetMinute(): Promise<void> {
    await this.api.json('dynamodb', `${DYNAMO}.UpdateItem`, {
      ...this.record(),
      UpdateExpression: 'SET #minute = :before',
      ExpressionAttributeNames: { '#minute': 'minute' },
      ExpressionAttributeValues: { ':before': { N: String(minuteNow() - 1) } },
    });
  }

  /** Id of the latest run. */
  public async lastRun(): Promise<string> {
    const { Item } = await this.api.json('dynamodb', `${DYNAMO}.GetItem`, this.record());
    return JSON.stringify((Item as JsonObject)['run']);
  }

  private record(): JsonObject {
    const { partition, sort } = CAPACITY_TABLE_KEY;
    return {
      TableName: this.physicalId('AWS::DynamoDB::Table', /Capacity/),
      Key: { [partition]: { S: resourceIdOf(this.target) }, [sort]: { S: 'record' } },
    };
  }

  private async deploy(folder: string): Promise<void> {
    const files = { certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') };
    const onLost = (error: Error) => this.lost.push(error);
    this.cloud = await Emulator.start({ folder, certificate: files, onLost });
    const { endpoint } = this.cloud;
    Object.assign(process.env, localCredentials(endpoint, LOCAL_REGION), { CDK_VALIDATION: 'false' });
    this.api = apiAt(endpoint);
    const place = { region: LOCAL_REGION, account: LOCAL_ACCOUNT };
    const concurrency = new EmulatorConcurrency(this.api);
    const synthesized = path.join(folder, 'capacity.out');
    const app = new App({ outdir: synthesized });
    buildCapacityStack(app);
    app.synth();
    const statements = readAssembly(synthesized).stacks.flatMap(({ template }) =>
      statementsOfCaller(template.Resources, Environment.CAPACITY_TABLE),
    );
    this.fake = new FakeScaling({
      ...place,
      concurrency,
      now: () => Date.now() + this.ahead,
      missingRights: () => missingRights(statements),
    });
    const log = (line: string) => this.requests.push(line);
    const { fake } = this;
    this.server = await serveScaling({ fake, region: LOCAL_REGION, certificate: files, now: Date.now, log });
    this.scaling = apiAt(this.server.url);

    this.cdk = new CdkCli({
      ...place,
      appDirectory: PROJECT_ROOT,
      endpoint,
      certificate: files.certificate,
    });
    await this.cdk.bootstrap();
    const props = { edgeUrls: [], scalingUrl: this.server.url, known: await knownTypes() };
    this.assembly = prepareAssembly(readAssembly(synthesized), path.join(folder, 'capacity-assembly'), props);
    await this.cdk.deploy(this.assembly.directory);
    this.resources = (await describeStack(this.api, readAssembly(this.assembly.directory).stacks[0]!)).resources;
    await this.stopSchedule();
  }

  private async stopSchedule(): Promise<void> {
    const where = `/schedules/${this.physicalId('AWS::Scheduler::Schedule', /Schedule/)}`;
    const known = (await (await this.api.rest('scheduler', 'GET', where)).json()) as JsonObject;
    const { ScheduleExpression, FlexibleTimeWindow, Target } = known as { [name: string]: Json };
    this.schedule = {
      ScheduleExpression: ScheduleExpression!,
      FlexibleTimeWindow: FlexibleTimeWindow!,
      Target: Target!,
    };
    await this.api.rest('scheduler', 'PUT', where, JSON.stringify({ ...this.schedule, State: 'DISABLED' }));
    this.target = JSON.parse(String((Target as JsonObject)['Input'])) as CapacityTarget;
  }
}

export function minuteNow(): number {
  return Math.floor(Date.now() / MS_PER_MINUTE);
}
