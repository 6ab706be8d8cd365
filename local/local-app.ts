import * as path from 'node:path';
import { Environment } from '../lib/protocol';
import { CloudApi, type EdgeLogEntry, type JsonObject } from '../testing';
import {
  type AssemblyStack,
  type Change,
  changeLines,
  knownTypes,
  type PreparedAssembly,
  prepareAssembly,
  readAssembly,
} from './assembly';
import { type CertificateFiles, Emulator, HeldPort, LOCAL_ACCOUNT, LOCAL_REGION, stopCommands } from './cloud';
import {
  Cdk,
  type DeployedStack,
  describeStack,
  edgeStackOf,
  localCredentials,
  stacksOf,
  webAclPropertiesOf,
} from './deploy';
import { type LocalEdge, type LocalEdgeProps, startEdge } from './edge';
import { LocalIdentity } from './identity';
import { LocalError } from './local-error';
import { Monitoring } from './monitoring';
import type { Report } from './report';
import type { RunningApp } from './running-app';
import {
  EmulatorConcurrency,
  FakeScaling,
  missingRights,
  type ScalingServer,
  serveScaling,
  statementsOfCaller,
} from './scaling';

/** Props of `LocalApp`. */
export interface LocalAppProps {
  /** Folder of this run alone. The caller removes it. */
  readonly folder: string;
  /** Certificate that this process trusts. */
  readonly certificate: CertificateFiles;
  /**
   * Port of the distribution.
   * @default a free one
   */
  readonly edgePort?: number;
  readonly report: Report;
  /**
   * Show each changed resource, instead of a line for each kind of change.
   * @default false
   */
  readonly verbose?: boolean;
  /** Called for each request at the edge. */
  readonly onRequest?: (entry: EdgeLogEntry) => void;
  /** Called once if the emulator ends without having been stopped. */
  readonly onLost: (error: Error) => void;
}

/**
 * The app of cdk.json on this machine: the local AWS emulator, the app deployed to it by the real
 * CDK CLI, and the edge simulator in front of it.
 */
export class LocalApp {
  private readonly stopped = new AbortController();
  private cloud?: Emulator;
  private edge?: LocalEdge;
  private monitoring?: Monitoring;
  private scaling?: ScalingServer;
  private deployed?: { readonly cdk: Cdk; readonly assembly: string };
  private starting?: Promise<RunningApp>;
  private stopping?: Promise<void>;

  public constructor(private readonly props: LocalAppProps) {}

  /** Log file of the emulator and its functions; undefined until it runs. */
  public get logFile(): string | undefined {
    return this.cloud?.logFile;
  }

  /**
   * Stops the edge, the emulator, and a start in progress. Returns when all have ended. Further
   * calls wait for the first.
   */
  public stop(): Promise<void> {
    this.stopping ??= (async () => {
      this.stopped.abort();
      await this.monitoring?.stop();
      await this.cloud?.stop();
      await stopCommands();
      // The start fails now. Everything that it has started until then is stopped too.
      await this.starting?.catch(() => undefined);
      await Promise.all([this.edge?.close(), this.scaling?.close()]);
      await this.cloud?.stop();
    })();
    return this.stopping;
  }

  /**
   * Starts everything and deploys the app.
   * @throws LocalError if it fails or is stopped before it ends
   */
  public start(): Promise<RunningApp> {
    this.starting ??= this.startAll();
    return this.starting;
  }

  /**
   * Destroys the deployed stacks by the CDK CLI. The emulator keeps running.
   * @throws LocalError if nothing is deployed or a resource can't be deleted
   */
  public async destroy(): Promise<void> {
    if (this.deployed === undefined) throw new LocalError('destroy needs a deployed app: call start first');
    await this.monitoring?.stop();
    await this.edge?.close();
    this.edge = undefined;
    await this.deployed.cdk.destroy(this.deployed.assembly);
    this.deployed = undefined;
  }

  private async startAll(): Promise<RunningApp> {
    const { folder, certificate, edgePort, report } = this.props;
    const progress = (text: string): void => report.progress(text);
    const ports = {
      http: await HeldPort.hold('the distribution', edgePort),
      https: await HeldPort.hold('the distribution with TLS'),
      signIn: await HeldPort.hold('the sign-in'),
    };
    const cloudPort = await HeldPort.hold('the local AWS emulator');

    const { signal } = this.stopped;
    this.cloud = await report.phase('cloud', () =>
      Emulator.start({ folder, port: cloudPort, certificate, onLost: this.props.onLost, signal }),
    );
    const { endpoint } = this.cloud;
    Object.assign(process.env, localCredentials(endpoint, LOCAL_REGION));
    const api = new CloudApi({
      endpoint,
      region: LOCAL_REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const cdk = new Cdk({
      endpoint,
      region: LOCAL_REGION,
      account: LOCAL_ACCOUNT,
      certificate: certificate.certificate,
      progress,
      signal,
    });

    const synthesized = path.join(folder, 'cdk.out');
    await report.phase('bootstrap and synth', () => Promise.all([cdk.bootstrap(), cdk.synth(synthesized)]));
    const edgeUrls = [`http://localhost:${ports.http.port}`, `https://localhost:${ports.https.port}`];
    this.scaling = await this.startFakeScaling(api, stacksOf(synthesized));
    const props = { edgeUrls, scalingUrl: this.scaling.url, known: await knownTypes() };
    const assembly = prepareAssembly(readAssembly(synthesized), path.join(folder, 'assembly'), props);
    this.showChanges(assembly);
    this.deployed = { cdk, assembly: assembly.directory };
    await report.phase('deploy', () => cdk.deploy(assembly.directory));

    return report.phase('edge', () => this.serve(api, stacksOf(synthesized), ports));
  }

  /** Reads the deployed stacks back and starts their monitoring and their edge. */
  private async serve(
    api: CloudApi,
    synthesized: readonly AssemblyStack[],
    ports: LocalEdgeProps['ports'],
  ): Promise<RunningApp> {
    const stacks = await Promise.all(synthesized.map(async (one) => ({ ...one, ...(await describeStack(api, one)) })));
    const { name, outputs, resources } = edgeStackOf(stacks);
    const identity = await LocalIdentity.find(api, resources);
    const monitoring = this.startMonitoring(api, stacks);
    this.edge = await startEdge({
      api,
      resources,
      webAcl: webAclPropertiesOf(stacks) as JsonObject,
      ports,
      certificate: this.props.certificate,
      identity,
      onRequest: (entry, distributionId) => {
        monitoring.onRequest(distributionId, entry);
        this.props.onRequest?.(entry);
      },
      measured: (origins) => monitoring.measured(origins),
    });
    const { folder } = this.props;
    const place = { folder, endpoint: api.props.endpoint, region: LOCAL_REGION, account: LOCAL_ACCOUNT };
    return { ...place, edgeUrl: this.edge.url, stackName: name, outputs, resources, identity, monitoring };
  }

  private startMonitoring(api: CloudApi, stacks: readonly (AssemblyStack & DeployedStack)[]): Monitoring {
    const pseudo = { 'AWS::Region': LOCAL_REGION, 'AWS::AccountId': LOCAL_ACCOUNT, 'AWS::Partition': 'aws' };
    this.monitoring = new Monitoring({
      api,
      stacks: stacks.map((stack) => ({ ...stack, pseudo })),
      logFile: this.cloud?.logFile ?? '',
      line: (text) => this.props.report.line(text),
    });
    this.monitoring.start();
    return this.monitoring;
  }

  /**
   * Starts the fake of Application Auto Scaling. Only profiles that provision capacity have a floor
   * controller that calls it.
   */
  private startFakeScaling(api: CloudApi, stacks: ReturnType<typeof stacksOf>): Promise<ScalingServer> {
    const { certificate, report, verbose } = this.props;
    const common = { now: Date.now, log: verbose ? (line: string) => report.line(`  ${line}`) : undefined };
    const concurrency = new EmulatorConcurrency(api);
    const statements = stacks.flatMap(({ template }) =>
      statementsOfCaller(template.Resources ?? {}, Environment.CAPACITY_TABLE),
    );
    const fake = new FakeScaling({
      ...common,
      region: LOCAL_REGION,
      account: LOCAL_ACCOUNT,
      concurrency,
      missingRights: () => missingRights(statements),
    });
    return serveScaling({ ...common, fake, region: LOCAL_REGION, certificate });
  }

  private showChanges({ dropped, patched }: PreparedAssembly): void {
    const tell = (verb: string, { type, logicalId, what }: Change): string => `${verb} ${type} ${logicalId}: ${what}`;
    const left = dropped.map((change) => tell('left out', change));
    const changed = this.props.verbose ? patched.map((change) => tell('changed', change)) : changeLines(patched);
    for (const line of [...left, ...changed]) this.props.report.line(`  ${line}`);
  }
}
