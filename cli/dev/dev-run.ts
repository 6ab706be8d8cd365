import { appendFileSync, copyFileSync, existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parseParameters } from '../../local/assembly';
import { CACHE_ROOT, removeFolder, runCommand } from '../../local/cloud';
import type { LaunchPlan } from '../../local/launch';
import type { LaunchedRun } from '../../local/launched';
import { LocalApp } from '../../local/local-app';
import { LocalError } from '../../local/local-error';
import { Report } from '../../local/report';
import type { RunningApp } from '../../local/running-app';
import { recordingEnvironment } from './code/app-record';
import { UnwatchedSources } from './code/unwatched-sources';
import { commandEnvironment, type SignedInPerson, writeOutputs } from './command-environment';
import { LogLines } from './logs/log-line';
import { entryToSources } from './logs/source-positions';
import { UncachedAnswers } from './logs/uncached';
import { contextOf, type DevOptions } from './options';
import { otherRun } from './other-run';
import { runBeside } from './run-beside';
import { summaryOf } from './summary';
import { Reloader } from './watch/reloader';

const PERSON = 'person@example.com';
const LAST_LOG = path.join(CACHE_ROOT, 'last-cloud.log');

/** One run of `npx breakwater dev`. */
export class DevRun implements LaunchedRun {
  private readonly report: Report;
  private readonly app: LocalApp;
  private readonly stopped = new AbortController();
  private readonly recordFile: string;
  private readonly lines: LogLines;
  /** File with the functions' log lines so far. */
  private readonly functionsLog: string;
  private reloader?: Reloader;
  /** Instead of the reloader, in a run that doesn't watch the sources. */
  private unwatched?: UnwatchedSources;
  private stopping?: Promise<void>;

  public constructor(private readonly plan: LaunchPlan<DevOptions>) {
    const { folder, certificate, options } = plan;
    this.recordFile = path.join(folder, 'record');
    this.functionsLog = path.join(folder, 'functions.log');
    // If there is a command, stdout is for the command's own output, so the report goes to stderr.
    this.report = new Report(options.command.length > 0 ? process.stderr : process.stdout);
    this.lines = new LogLines(process.stdout.isTTY === true);
    this.app = new LocalApp({
      folder,
      certificate,
      appDirectory: options.directory,
      stacks: options.stacks,
      parameters: parseParameters(options.parameters),
      context: contextOf(options),
      edgePort: options.port,
      appEnvironment: recordingEnvironment(this.recordFile),
      withoutUnsupported: options.withoutUnsupported,
      report: this.report,
      verbose: options.verbose,
      onLost: (error) => this.lost(error),
    });
  }

  /** Deploys the app, then runs the command or watches the sources, as the options state. */
  public async go(): Promise<number | undefined> {
    const { options, startedAt } = this.plan;
    const other = otherRun(this.plan.folder, options.directory);
    if (other !== undefined) this.report.line(`Process ${other} runs this app too; each run has data of its own.`);
    const running = await this.app.start();
    const person = await this.addPerson(running);
    for (const line of summaryOf(running, person, Date.now() - startedAt)) this.report.line(line);
    if (options.once) this.unwatched = new UnwatchedSources(this.recordFile, running);
    await this.followLogs();
    if (options.seed !== undefined) await this.seed(options.seed, running, person);
    if (!options.once) return this.watch(running);
    if (options.command.length === 0) return 0;
    const env = this.environment(running, person);
    const code = await runBeside(options.command, env, options.directory, this.stopped.signal);
    await this.app.readLogs();
    return code;
  }

  /**
   * Stops everything and removes the run's folder. Later calls wait for the first call.
   * @param keepLog true if the run failed; the emulator's log is then kept
   */
  public stop(keepLog: boolean): Promise<void> {
    this.stopping ??= (async () => {
      this.stopped.abort();
      await this.reloader?.stop();
      if (keepLog) await this.app.readLogs();
      await this.unwatched?.stop();
      await this.app.stop();
      if (keepLog && this.app.logFile !== undefined) {
        copyFileSync(this.app.logFile, LAST_LOG);
        if (existsSync(this.functionsLog)) appendFileSync(LAST_LOG, readFileSync(this.functionsLog));
        this.report.line(`The log of the emulator and its functions: ${LAST_LOG}`);
      }
      removeFolder(this.plan.folder);
    })();
    return this.stopping;
  }

  /** Deploys each change of the sources, until the run is stopped. */
  private async watch(running: RunningApp): Promise<undefined> {
    const { directory } = this.plan.options;
    this.reloader = new Reloader(
      {
        app: this.app,
        directory,
        recordFile: this.recordFile,
        line: (text) => this.report.line(text),
        onDeployed: (app) => {
          this.report.line(`deployed ${app.stacks.map(({ name }) => name).join(', ')}`);
        },
      },
      running,
    );
    await this.reloader.start();
    const page = await this.app.openPage();
    this.report.line(`Page      ${page}   (functions, queues, shards, requests and messages, live)`);
    this.report.line('Watching for changes. Ctrl-C stops everything.');
    return undefined;
  }

  /** Keeps and shows what functions log. With `--once` alone, it shows only errors. */
  private async followLogs(): Promise<void> {
    const { directory, once, verbose } = this.plan.options;
    const kept = new LogLines(false);
    const uncached = new UncachedAnswers();
    this.app.events.subscribe((event) => {
      if (event.kind === 'request') {
        if (verbose) this.report.line(this.lines.request(event));
        const notice = uncached.lineOf(event);
        if (notice !== undefined && !once) this.report.line(notice);
      }
      if (event.kind !== 'log') return;
      appendFileSync(this.functionsLog, `${kept.entry(event)}\n`, { mode: 0o600 });
      if (!once || verbose || event.level === 'error') this.report.line(this.lines.entry(event));
    });
    await this.app.followLogs((entry) =>
      entryToSources(
        entry,
        async (file) => (this.reloader ?? this.unwatched)?.sourceOf(entry.functionName, file),
        directory,
      ),
    );
  }

  /**
   * Creates a person who can sign in. Returns undefined if a user pool requires more attributes
   * than a name and a password.
   */
  private async addPerson({ identity }: RunningApp): Promise<SignedInPerson | undefined> {
    if (identity === undefined) return undefined;
    try {
      const person = await identity.addPerson(PERSON);
      const tokens = await identity.personTokens(person).catch((error: Error) => {
        this.report.line(`  no token for ${PERSON}: ${error.message}`);
        return undefined;
      });
      return { ...person, tokens };
    } catch (error) {
      this.report.line(`  no person to sign in with: ${(error as Error).message}`);
      return undefined;
    }
  }

  private environment(app: RunningApp, person: SignedInPerson | undefined): NodeJS.ProcessEnv {
    const { folder, certificate } = this.plan;
    return commandEnvironment({
      app,
      person,
      certificate: certificate.trusted ?? certificate.certificate,
      outputsFile: writeOutputs(folder, app),
      shell: process.env,
    });
  }

  private async seed(command: string, app: RunningApp, person: SignedInPerson | undefined): Promise<void> {
    await this.report.phase('seed', async () => {
      const { code } = await runCommand('/bin/sh', ['-c', command], {
        cwd: this.plan.options.directory,
        env: this.environment(app, person),
        signal: this.stopped.signal,
        onLine: (line) => this.report.line(`  ${line}`),
      });
      if (code !== 0) throw new LocalError(`--seed '${command}' must succeed, it ended with code ${code}`);
    });
  }

  private lost(error: Error): void {
    this.report.line(`error: ${error.message}`);
    void this.stop(true).finally(() => process.exit(1));
  }
}
