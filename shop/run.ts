import { copyFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { CACHE_ROOT, removeFolder } from '../local/cloud';
import type { LaunchPlan } from '../local/launch';
import { type LaunchedRun, onLaunch } from '../local/launched';
import { LocalApp } from '../local/local-app';
import { Report } from '../local/report';
import type { StartOptions } from './options';
import { RunRecorder } from './picture/run-record';
import { type Row, reconcile } from './reconcile';
import { type ReplayResult, replay } from './replay';
import { ReplayFaults } from './replay/replay-faults';
import { type RunningShop, startShop } from './running-shop';
import { absentLines, failureLine, lastLine, refusalLines, splitRows } from './summary';

/**
 * Minimum duration of the installation to be shown. A shorter duration means that nothing was
 * installed.
 */
const MIN_SHOWN_INSTALL_MS = 1_000;
const LAST_LOG = path.join(CACHE_ROOT, 'last-cloud.log');

/** One run of the shop. */
class Run implements LaunchedRun {
  private readonly report = new Report();
  private readonly recorder = new RunRecorder();
  private readonly app: LocalApp;
  private stopping?: Promise<void>;

  public constructor(private readonly plan: LaunchPlan<StartOptions>) {
    const { folder, certificate, options } = plan;
    this.app = new LocalApp({
      folder,
      certificate,
      appDirectory: path.resolve(__dirname, '..'),
      edgePort: options.port,
      report: this.report,
      verbose: options.verbose,
      onRequest: options.verbose ? (entry) => this.report.line(JSON.stringify(entry)) : undefined,
      onLost: (error) => this.lost(error),
    });
  }

  /** Deploys the shop, replays the day and reconciles it. */
  public async go(): Promise<number | undefined> {
    if (this.plan.installMs >= MIN_SHOWN_INSTALL_MS) this.report.took('install', this.plan.installMs);
    const { orders, once } = this.plan.options;
    const context = await startShop(this.app, orders, (text) => this.report.progress(text));
    await this.record();
    const result = await this.replayDay(context);
    const rows = await this.report.phase('reconcile', () => reconcile(context, result.refused));
    const good = rows.every((row) => row.ok) && result.failed.length === 0;

    this.showReplay(result);
    this.report.line();
    this.showRows(rows);
    this.report.line();
    this.report.line(`${context.monitoring.alarms.summary()}.`);
    this.writeRecord(rows);
    this.report.line(lastLine(good, Date.now() - this.plan.startedAt, this.plan.packagesMs));
    if (once) return good ? 0 : 1;
    this.invite(context, await this.app.openPage());
    return undefined;
  }

  /**
   * Stops everything and removes the run's folder. Later calls wait for the first call.
   * @param keepLog whether to keep the emulator's log, because the run failed
   */
  public stop(keepLog: boolean): Promise<void> {
    this.stopping ??= (async () => {
      await this.app.stop();
      if (keepLog && this.app.logFile !== undefined) {
        copyFileSync(this.app.logFile, LAST_LOG);
        this.report.line(`The log of the emulator and its functions: ${LAST_LOG}`);
      }
      removeFolder(this.plan.folder);
    })();
    return this.stopping;
  }

  /** Replays the day, with the faults that the options ask for. */
  private async replayDay(context: RunningShop): Promise<ReplayResult> {
    const faults = await ReplayFaults.begin(context, this.plan.options, (name) =>
      this.recorder.killed(name, Date.now()),
    );
    try {
      return await replay(context, (phase, ms) => this.report.took(phase, ms));
    } finally {
      for (const line of await faults.end()) this.report.line(line);
    }
  }

  /** Collects the events of the run, if it is recorded. */
  private async record(): Promise<void> {
    if (this.plan.options.record === undefined) return;
    this.app.events.subscribe((event) => this.recorder.take(event));
    await this.app.followLogs();
  }

  private writeRecord(rows: readonly Row[]): void {
    const { record } = this.plan.options;
    if (record === undefined) return;
    writeFileSync(record, `${JSON.stringify(this.recorder.finish(rows, Date.now()))}\n`);
    this.report.line(`The record of this run: ${record}`);
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

  private invite({ edgeUrl, customer }: RunningShop, page: string): void {
    this.report.line();
    this.report.line(`Storefront  ${edgeUrl}/`);
    this.report.line(`Username    ${customer.username}   (the sign-in page is the emulator's, not that of AWS)`);
    this.report.line(`Password    ${customer.password}   (of this run only)`);
    this.report.line(`Page        ${page}   (functions, queues, shards, requests and messages, live)`);
    this.report.line(`Log         ${this.app.logFile}`);
    this.report.line('Ctrl-C stops everything.');
  }

  private lost(error: Error): void {
    this.report.line(`error: ${error.message}`);
    void this.stop(true).finally(() => process.exit(1));
  }
}

const number = (value: number): string => value.toLocaleString('en');

onLaunch<StartOptions>((plan) => new Run(plan));
