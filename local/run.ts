import { copyFileSync } from 'node:fs';
import * as path from 'node:path';
import { type CertificateFiles, exit, exitOnSignal, INSTALL_ROOT, removeFolder } from './cloud';
import type { LocalContext } from './context';
import { LocalError } from './local-error';
import { LocalShop } from './local-shop';
import type { StartOptions } from './options';
import { type Row, reconcile } from './reconcile';
import { type ReplayResult, replay } from './replay';
import { Report } from './report';
import { absentLines, failureLine, refusalLines, splitRows, verdict } from './summary';

/** What `start.ts` has prepared. */
export interface RunPlan {
  readonly options: StartOptions;
  /** Folder of this run alone, gone when the run is. */
  readonly folder: string;
  readonly certificate: CertificateFiles;
  /** When everything began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** What the embedded cloud's installation took. */
  readonly installMs: number;
  /** What `npm ci` took before it all; absent if it didn't run. */
  readonly packagesMs?: number;
}

/** An installation that took less only looked whether everything is there. */
const WORTH_TELLING_MS = 1_000;
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
      verbose: options.verbose,
      onRequest: options.verbose ? (entry) => this.report.line(JSON.stringify(entry)) : undefined,
      onLost: (error) => this.lost(error),
    });
  }

  /** Takes the shop through its day; returns whether everything reconciles. */
  public async go(): Promise<boolean> {
    if (this.plan.installMs >= WORTH_TELLING_MS) this.report.took('install', this.plan.installMs);
    const context = await this.shop.start();
    const result = await replay(context, (phase, ms) => this.report.took(phase, ms));
    const rows = await this.report.phase('reconcile', () => reconcile(context, result.refused));
    const good = rows.every((row) => row.ok) && result.failed.length === 0;

    this.showReplay(result);
    this.report.line();
    this.showRows(rows);
    this.report.line();
    this.report.line(verdict(good, Date.now() - this.plan.startedAt, this.plan.packagesMs));
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
      `${number(products)} products, ${number(sales)} sales and ${number(refunds)} refunds of ${number(lines)} lines ` +
        'went through the edge' +
        `${refused.length > 0 ? `; the shop refused ${number(refused.length)} ${refused.length === 1 ? 'line' : 'lines'} of the file:` : '.'}`,
    );
    for (const line of refusalLines(refused)) this.report.line(`  ${line}`);
    for (const sale of failed) this.report.line(`  ${failureLine(sale)}`);
  }

  private showRows(rows: readonly Row[]): void {
    const { counted, absent } = this.plan.options.verbose ? { counted: rows, absent: [] } : splitRows(rows);
    this.report.table([
      ['reconciled', 'expected', 'found', ''],
      ...counted.map((row) => [row.what, row.expected, row.got, row.ok ? 'ok' : 'DIFFERS']),
    ]);
    for (const line of absentLines(absent)) this.report.line(line);
  }

  private invite({ edgeUrl, customer }: LocalContext): void {
    this.report.line();
    this.report.line(`Storefront  ${edgeUrl}/`);
    this.report.line(`Username    ${customer.username}   (the sign-in page is the embedded cloud's own, not AWS's)`);
    this.report.line(`Password    ${customer.password}   (of this run only)`);
    this.report.line(`Log         ${this.shop.logFile}`);
    this.report.line('Ctrl-C stops everything.');
  }

  private lost(error: Error): void {
    this.report.line(`error: ${error.message}`);
    void this.stop(true).finally(() => process.exit(1));
  }
}

const number = (value: number): string => value.toLocaleString('en');

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
