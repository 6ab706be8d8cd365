import * as path from 'node:path';
import type { CloudApi } from '../testing';
import {
  AnnotationLines,
  type Assembly,
  accountOf,
  knownTypes,
  planLines,
  prepareAssembly,
  selectStacks,
  synthesizeApp,
} from './assembly';
import { Emulator, HeldPort, LOCAL_ACCOUNT, LOCAL_REGION, stopCommands } from './cloud';
import {
  cloudApiAt,
  cloudApisAt,
  Deployer,
  destroyStacks,
  emulatorLookup,
  liveFunctions,
  localCredentials,
  type RunningStack,
} from './deploy';
import { Entrances } from './entrances';
import { LocalEvents, type LogEvent } from './events';
import { LocalIdentity } from './identity';
import type { LocalAppProps } from './local-app-props';
import { LocalError } from './local-error';
import { LogStream } from './logs';
import { Monitoring } from './monitoring';
import { PageServer } from './page';
import type { RunningApp } from './running-app';
import { type ScalingServer, startFakeScaling } from './scaling';

/**
 * A CDK app on this machine: the local AWS emulator, the app deployed to it, and its entrances.
 */
export class LocalApp {
  public readonly events: LocalEvents;
  private readonly stopped = new AbortController();
  private cloud?: Emulator;
  private booting?: Promise<void>;
  private deployer?: Deployer;
  private entrances?: Entrances;
  private monitoring?: Monitoring;
  private scaling?: ScalingServer;
  private page?: PageServer;
  private logs?: LogStream;
  private running?: RunningApp;
  private deployments = 0;
  private deploying = false;
  private readonly annotations = new AnnotationLines();
  private starting?: Promise<RunningApp>;
  private stopping?: Promise<void>;

  public constructor(private readonly props: LocalAppProps) {
    this.events = props.events ?? new LocalEvents();
  }

  /** Log file of the emulator and its functions; undefined until the first deployment begins. */
  public get logFile(): string | undefined {
    return this.deploying ? this.cloud?.logFile : undefined;
  }

  /**
   * The running emulator.
   * @throws LocalError if it doesn't run
   */
  public get emulator(): Emulator {
    if (this.cloud === undefined) throw new LocalError('the local AWS emulator must run: call start first');
    return this.cloud;
  }

  /**
   * Stops the entrances, the emulator, and a start in progress. Returns when all have ended. Later
   * calls wait for the first call.
   */
  public stop(): Promise<void> {
    this.stopping ??= (async () => {
      this.stopped.abort();
      await Promise.all([this.monitoring?.stop(), this.logs?.stop()]);
      await this.cloud?.stop();
      await stopCommands();
      // A start in progress fails now. Everything that it has started is stopped below.
      await this.starting?.catch(() => undefined);
      await Promise.all([this.entrances?.close(), this.scaling?.close(), this.page?.close()]);
      await this.cloud?.stop();
    })();
    return this.stopping;
  }

  /**
   * Starts everything and deploys the app.
   * @throws LocalError if the start fails or is stopped before it ends
   */
  public start(): Promise<RunningApp> {
    this.starting ??= this.startAll();
    return this.starting;
  }

  /**
   * Synthesizes the app.
   * @throws LocalError with the app's own output if it fails
   */
  public async synthesize(): Promise<Assembly> {
    const { appDirectory, context, appEnvironment, folder, stacks, report } = this.props;
    const assembly = await synthesizeApp({
      appDirectory,
      context,
      appEnvironment,
      account: LOCAL_ACCOUNT,
      region: LOCAL_REGION,
      outputDirectory: path.join(folder, `cdk.out-${++this.deployments}`),
      line: (text) => report.line(`  ${text}`),
      lookup: emulatorLookup(async (place) => {
        await this.booting;
        return cloudApiAt(this.emulator.endpoint, place);
      }),
      signal: this.stopped.signal,
    });
    const selected = selectStacks(assembly, stacks);
    for (const line of this.annotations.of(selected.stacks)) report.line(`  ${line}`);
    return selected;
  }

  /**
   * Deploys an assembly of the app, and updates the app's entrances.
   * @throws LocalError if it can't be deployed; the previous version continues to run
   */
  public async deploy(assembly: Assembly): Promise<RunningApp> {
    const { report, folder } = this.props;
    this.deploying = true;
    const account = accountOf(assembly.stacks);
    const region = assembly.stacks[0]!.region;
    const { endpoint } = this.emulator;
    Object.assign(process.env, localCredentials(endpoint, region, account));
    const apis = cloudApisAt(endpoint, account);
    await this.emulator.useAccount(account);
    this.entrances ??= this.makeEntrances(apis);
    this.scaling ??= await startFakeScaling({
      api: apis(region),
      account,
      stacks: assembly.stacks,
      certificate: this.props.certificate,
      log: this.props.verbose ? (line) => report.line(`  ${line}`) : undefined,
    });
    this.deployer ??= new Deployer({
      endpoint,
      progress: (text) => report.progress(text),
      line: (text) => report.line(`  ${text}`),
      signal: this.stopped.signal,
    });
    const prepared = prepareAssembly(assembly, path.join(folder, `assembly-${this.deployments}`), {
      edgeUrls: await this.entrances.plan(assembly.stacks),
      scalingUrl: this.scaling.url,
      known: await knownTypes(),
      withoutUnsupported: this.props.withoutUnsupported,
      parameters: this.props.parameters,
    });
    if (this.running === undefined) {
      for (const line of planLines(prepared, this.props.verbose)) report.line(`  ${line}`);
    }
    const stacks = await this.deployer.deploy(prepared);
    return this.serve(assembly, stacks, { apis, account, region });
  }

  /**
   * Emits the log lines of all functions as events from now on. Later calls have no effect.
   * @param change changes an event before it is emitted
   */
  public async followLogs(change: (event: LogEvent) => LogEvent | Promise<LogEvent> = (event) => event): Promise<void> {
    const { running } = this;
    if (this.logs !== undefined || running === undefined) return;
    this.logs = new LogStream({
      api: running.api,
      onEntry: async (entry) => {
        this.monitoring?.onLog(entry);
        this.events.emit(await change(entry));
      },
    });
    await this.logs.follow(liveFunctions(running.stacks));
    this.logs.start();
  }

  /** Emits the log lines that functions have written until now, if the logs are followed. */
  public async readLogs(): Promise<void> {
    await this.logs?.readRest();
  }

  /** Empties the caches of all distributions. Call it after the code of a function has changed. */
  public invalidateEdges(): void {
    this.entrances?.invalidate();
  }

  /**
   * Starts the page that shows what happens in the app.
   * @returns address of the page. It contains a token, without which the server shows no data.
   */
  public async openPage(): Promise<string> {
    const { endpoint } = this.emulator;
    await this.followLogs();
    this.page ??= await PageServer.start({
      port: await HeldPort.hold('the page'),
      events: this.events,
      endpoint,
      stacks: () =>
        (this.running?.stacks ?? []).map(({ resources, account, region }) => ({
          resources,
          api: cloudApiAt(endpoint, { account, region }),
        })),
    });
    return this.page.url;
  }

  /**
   * Destroys the deployed stacks. The emulator keeps running.
   * @throws LocalError if nothing is deployed or a resource can't be deleted
   */
  public async destroy(): Promise<void> {
    if (this.running === undefined) throw new LocalError('destroy needs a deployed app: call start first');
    await this.monitoring?.stop();
    await this.entrances?.close();
    this.entrances = undefined;
    await destroyStacks(this.emulator.endpoint, this.running.stacks);
    this.running = undefined;
  }

  private async startAll(): Promise<RunningApp> {
    const { folder, certificate, report } = this.props;
    const { signal } = this.stopped;
    const boot = Emulator.start({ folder, certificate, onLost: this.props.onLost, signal }).then((cloud) => {
      this.cloud = cloud;
    });
    this.booting = boot;
    const [assembly] = await report.phase('synth', () => settled([this.synthesize(), boot]));
    return report.phase('deploy', () => this.deploy(assembly));
  }

  /** Starts the local servers of the deployed stacks. */
  private async serve(
    assembly: Assembly,
    stacks: readonly RunningStack[],
    { apis, account, region }: { apis: (region: string) => CloudApi; account: string; region: string },
  ): Promise<RunningApp> {
    const identity = await LocalIdentity.find(apis, stacks);
    await this.monitoring?.stop();
    // The deployed alarms are placeholders, so the alarms of the synthesized templates are
    // evaluated.
    const templates = new Map(assembly.stacks.map(({ id, template }) => [id, template]));
    this.monitoring = new Monitoring({
      api: apis(region),
      stacks: stacks
        .filter((stack) => stack.region === region)
        .map(({ id, resources, template }) => ({
          resources,
          template: templates.get(id) ?? template,
          pseudo: { 'AWS::Region': region, 'AWS::AccountId': account, 'AWS::Partition': 'aws' },
        })),
      logFile: this.logFile ?? '',
      line: (text) => this.props.report.line(text),
    });
    this.monitoring.start();
    const addresses = await this.entrances!.update(stacks, identity);
    const { folder } = this.props;
    const { endpoint } = this.emulator;
    const { signInUrl } = this.entrances!;
    this.running = {
      folder,
      endpoint,
      region,
      account,
      api: apis,
      assembly,
      stacks,
      addresses,
      identity,
      signInUrl,
      monitoring: this.monitoring,
    };
    await this.logs?.follow(liveFunctions(stacks));
    return this.running;
  }

  private makeEntrances(api: (region: string) => CloudApi): Entrances {
    const { certificate, edgePort, report } = this.props;
    return new Entrances({
      api,
      certificate,
      edgePort,
      events: this.events,
      line: (text) => report.line(`  ${text}`),
      onEdgeRequest: (entry, distributionId) => {
        this.monitoring?.onRequest(distributionId, entry);
        this.props.onRequest?.(entry);
      },
      // Each deployment replaces `this.monitoring`, so it is read for each request.
      measured: (origins) => ({
        send: (origin, request) => (this.monitoring?.measured(origins) ?? origins).send(origin, request),
      }),
    });
  }
}

/** Waits until all promises are settled. If some are rejected, it then throws the first error. */
async function settled<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(work);
  return Promise.all(work) as unknown as Promise<T>;
}
