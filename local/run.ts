import { copyFileSync } from 'node:fs';
import * as path from 'node:path';
import { type CertificateFiles, exit, exitOnSignal, INSTALL_ROOT, removeFolder } from './cloud';
import type { LocalContext } from './context';
import { LocalError } from './local-error';
import { LocalShop } from './local-shop';
import type { StartOptions } from './options';
import { reconcile } from './reconcile';
import { type ReplayResult, replay } from './replay';
import { Report, seconds } from './report';

/** What `start.ts` has prepared. */
export interface RunPlan {
  readonly options: StartOptions;
  /** Folder of this run alone, gone when the run is. */
  readonly folder: string;
  readonly certificate: CertificateFiles;
  readonly installMs: number;
}

const LISTED_REFUSALS = 20;
const LAST_LOG = path.join(INSTALL_ROOT, 'last-cloud.log');

/** One run: everything that was started, and how to stop it. */
class Run {
  private readonly report = new Report();
  private readonly shop: LocalShop;
  private stopping?: Promise<void>;

  public constructor(private readonly plan: RunPlan) {
    const { folder, certificate, options } = plan;
    this.shop = new LocalShop({
      folder,
      certificate,
      edgePort: options.port,
      ordersFile: options.orders,
      report: this.report,
      onRequest: options.verbose ? (entry) => this.report.line(JSON.stringify(entry)) : undefined,
      onLost: (error) => this.lost(error),
    });
  }

  /** Takes the shop through its day; returns whether everything reconciles. */
  public async go(): Promise<boolean> {
    const started = Date.now();
    this.report.took('install', this.plan.installMs);
    const context = await this.shop.start();
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

  /** Whether it was told to stop. */
  public get isStopping(): boolean {
    return this.stopping !== undefined;
  }

  /**
   * Stops edge and cloud and removes what they wrote; further calls wait for the first.
   * @param keepLog whether the cloud's log is of use, since something went wrong
   */
  public stop(keepLog: boolean): Promise<void> {
    this.stopping ??= (async () => {
      await this.shop.stop();
      if (keepLog && this.shop.logFile !== undefined) {
        copyFileSync(this.shop.logFile, LAST_LOG);
        this.report.line(`The log of the embedded cloud and its functions: ${LAST_LOG}`);
      }
      removeFolder(this.plan.folder);
    })();
    return this.stopping;
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
    this.report.line(`Log         ${this.shop.logFile}`);
    this.report.line('Ctrl-C stops everything.');
  }

  private lost(error: Error): void {
    this.report.line(`error: ${error.message}`);
    void this.stop(true).finally(() => process.exit(1));
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
    void run.stop(code === 1).finally(() => exit(code));
  };
  exitOnSignal(() => run.stop(false));
  process.on('disconnect', () => end(143));
  process.on('message', (message) => message === 'stop' && end(143));
  process.on('uncaughtException', (error) => {
    console.error(error);
    end(1);
  });
  try {
    const good = await run.go();
    if (plan.options.once) end(good ? 0 : 1);
  } catch (error) {
    // Whoever stops a run makes its calls fail: that is no news.
    if (run.isStopping) return;
    console.error(error instanceof LocalError ? `error: ${error.message}` : error);
    end(1);
  }
}

process.once('message', (plan) => void main(plan as RunPlan));
