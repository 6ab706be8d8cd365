import * as path from 'node:path';
import { CloudApi, type JsonObject } from '../testing';
import { type Change, type PreparedAssembly, prepareAssembly } from './assembly';
import { type CertificateFiles, EmbeddedCloud, freePort, LOCAL_ACCOUNT, LOCAL_REGION } from './cloud';
import type { LocalContext } from './context';
import { Cdk, describeStack, edgeStackOf, localCredentials, stacksOf, webAclPropertiesOf } from './deploy';
import { type LocalEdge, startEdge } from './edge';
import { LocalIdentity } from './identity';
import { LocalError } from './local-error';
import type { StartOptions } from './options';
import { reconcile } from './reconcile';
import { type ReplayResult, replay } from './replay';
import { Report, seconds } from './report';

/** What `start.ts` has prepared. */
export interface RunPlan {
  readonly options: StartOptions;
  readonly edgePort: number;
  /** Folder of this run alone; `start.ts` removes it. */
  readonly folder: string;
  readonly certificate: CertificateFiles;
  readonly installMs: number;
}

const CUSTOMER = 'customer@example.com';
const LISTED_REFUSALS = 20;

/** One run: everything that was started, and how to stop it. */
class Run {
  private readonly report = new Report();
  private readonly stopped = new AbortController();
  private cloud?: EmbeddedCloud;
  private edge?: LocalEdge;
  private stopping?: Promise<void>;

  public constructor(private readonly plan: RunPlan) {}

  /** Takes the shop through its day; returns whether everything reconciles. */
  public async go(): Promise<boolean> {
    const started = Date.now();
    this.report.took('install', this.plan.installMs);
    const context = await this.deployShop();
    const result = await replay(context);
    this.report.took('catalogue', result.times.catalogue);
    this.report.took('replay', result.times.orders);
    this.report.took('workers', result.times.workers);
    const rows = await this.report.phase('reconcile', () => reconcile(context, result.refused));
    const good = rows.every((row) => row.ok) && result.failed.length === 0;

    this.showReplay(result);
    this.report.line();
    this.report.table([
      ['reconciled', 'expected', 'found', ''],
      ...rows.map((row) => [row.what, row.expected, row.got, row.ok ? 'ok' : 'DIFFERS']),
    ]);
    this.report.line();
    this.report.line(
      `${good ? 'Everything reconciles' : 'It does NOT reconcile'}; ${seconds(Date.now() - started + this.plan.installMs)} in all.`,
    );
    if (!this.plan.options.once) this.invite(context);
    return good;
  }

  /** Stops edge and cloud; further calls wait for the first. */
  public stop(): Promise<void> {
    this.stopping ??= (async () => {
      this.stopped.abort();
      await this.edge?.close();
      await this.cloud?.stop();
    })();
    return this.stopping;
  }

  private async deployShop(): Promise<LocalContext> {
    const { folder, certificate, edgePort, options } = this.plan;
    const progress = (text: string): void => this.report.progress(text);
    const ports = { http: edgePort, https: await freePort(), signIn: await freePort() };

    this.cloud = await this.report.phase('cloud', async () =>
      EmbeddedCloud.start({ folder, port: await freePort(), certificate, onLost: (error) => this.lost(error) }),
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
      signal: this.stopped.signal,
    });

    const synthesized = path.join(folder, 'cdk.out');
    await this.report.phase('bootstrap and synth', () => Promise.all([cdk.bootstrap(), cdk.synth(synthesized)]));
    const edgeUrls = [`http://localhost:${ports.http}`, `https://localhost:${ports.https}`];
    const assembly = prepareAssembly(synthesized, path.join(folder, 'assembly'), { edgeUrls });
    this.showChanges(assembly);
    await this.report.phase('deploy', () => cdk.deploy(assembly.directory));

    return this.report.phase('edge', async () => {
      const stacks = stacksOf(assembly.directory);
      const stack = edgeStackOf(stacks);
      const deployed = await describeStack(api, stack);
      const identity = await LocalIdentity.find(api, deployed.resources);
      if (identity === undefined) throw new LocalError(`stack '${stack.name}' must have a user pool to sign in to`);
      this.edge = await startEdge({
        api,
        resources: deployed.resources,
        webAcl: webAclPropertiesOf(stacks) as JsonObject,
        ports,
        certificate,
        identity,
        onRequest: options.verbose ? (entry) => this.report.line(JSON.stringify(entry)) : undefined,
      });
      return {
        edgeUrl: this.edge.url,
        endpoint,
        region: LOCAL_REGION,
        account: LOCAL_ACCOUNT,
        outputs: deployed.outputs,
        stackName: stack.name,
        resources: deployed.resources,
        customer: await identity.makeCustomer(CUSTOMER),
        tokenFor: (service) => identity.tokenFor(service),
        customerToken: () => identity.customerToken(),
        progress,
        ordersFile: options.orders,
      };
    });
  }

  private showChanges({ dropped, patched }: PreparedAssembly): void {
    const show = (verb: string, { type, logicalId, what }: Change): void =>
      this.report.line(`  ${verb} ${type} ${logicalId}: ${what}`);
    for (const change of dropped) show('left out', change);
    for (const change of patched) show('changed', change);
  }

  private showReplay(result: ReplayResult): void {
    const { products, sales, refunds, lines, refused, failed } = result;
    this.report.line();
    this.report.line(
      `${products} products, ${sales} sales and ${refunds} refunds of ${lines} lines went through the edge.`,
    );
    if (refused.length > 0) {
      this.report.line(`Refused, as they must be:`);
      for (const line of refused.slice(0, LISTED_REFUSALS)) this.report.line(`  ${describe(line)}`);
      if (refused.length > LISTED_REFUSALS) this.report.line(`  and ${refused.length - LISTED_REFUSALS} more`);
    }
    for (const sale of failed) this.report.line(`  FAILED ${describe(sale)}`);
  }

  private invite({ edgeUrl, customer }: LocalContext): void {
    this.report.line();
    this.report.line(`Storefront  ${edgeUrl}/`);
    this.report.line(`Sign in as  ${customer.username}`);
    this.report.line(`Password    ${customer.password}   (of this run only)`);
    this.report.line(`Log         ${this.cloud!.logFile}`);
    this.report.line('Ctrl-C stops everything.');
  }

  private lost(error: Error): void {
    this.report.line(`error: ${error.message}`);
    void this.stop().finally(() => process.exit(1));
  }
}

function describe(value: object): string {
  return Object.entries(value)
    .map(([name, part]) => `${name} ${typeof part === 'object' ? JSON.stringify(part) : String(part)}`)
    .join(', ');
}

async function main(plan: RunPlan): Promise<void> {
  const run = new Run(plan);
  const end = (code: number): void => {
    void run.stop().finally(() => process.exit(code));
  };
  process.on('SIGINT', () => end(130));
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(143));
  process.on('disconnect', () => end(1));
  process.on('message', (message) => message === 'stop' && end(143));
  process.on('uncaughtException', (error) => {
    console.error(error);
    end(1);
  });
  try {
    const good = await run.go();
    if (plan.options.once) end(good ? 0 : 1);
  } catch (error) {
    console.error(error instanceof LocalError ? `error: ${error.message}` : error);
    end(1);
  }
}

process.once('message', (plan) => void main(plan as RunPlan));
