import { statSync } from 'node:fs';
import * as path from 'node:path';
import { type AssemblyStack, pathOf, templatesIn } from '../../../local/assembly';
import { assetHashOf, type LiveFunction, liveFunctions } from '../../../local/deploy';
import type { LocalApp } from '../../../local/local-app';
import { LocalError } from '../../../local/local-error';
import type { RunningApp } from '../../../local/running-app';
import { takeRecord } from '../code/app-record';
import { CodeSwapper } from '../code/code-swapper';
import { BuildError, type CodeUnit, type DeployedSource } from '../code/code-unit';
import { CodeUnits } from '../code/code-units';
import { comparable } from '../code/comparable';
import { stopEsbuild } from '../code/esbuild';
import { FileWatcher } from './file-watcher';
import { IgnoredFiles, isCompiled } from './ignored-files';

const BUILDS_AGAIN = 'the code can be built again, and is the code that runs';

export interface ReloaderProps {
  readonly app: LocalApp;
  /** Folder of the app. */
  readonly directory: string;
  /** Beginning of the names of the files that record.cjs writes. */
  readonly recordFile: string;
  /** Prints a line for the user. */
  readonly line: (text: string) => void;
  /** Called after each deployment. */
  readonly onDeployed: (app: RunningApp) => void;
}

/**
 * Applies changes of the sources to the running app. New code of functions is deployed by calls of
 * the Lambda API. After any other change, the app is synthesized, and deployed if the templates
 * differ.
 */
export class Reloader {
  public readonly units = new CodeUnits();
  private readonly ignored: IgnoredFiles;
  private readonly watcher: FileWatcher;
  private readonly swapper: CodeSwapper;
  /**
   * Hash of the code that each function runs now. CloudFormation knows only the code that it
   * deployed itself.
   */
  private readonly live = new Map<string, string>();
  /** Hash of each function's asset in the last synth, by construct path. */
  private assets = new Map<string, string>();
  private functions: readonly LiveFunction[] = [];
  /** Text of the deployed stacks without their code, made by `comparable`. */
  private deployed = '';
  /** Units whose last build failed. */
  private readonly broken = new Set<CodeUnit>();
  private synthFailed = false;
  private queue: Promise<unknown> = Promise.resolve();
  private synthesizing = false;
  private synthAgain = false;
  private stopped = false;

  public constructor(
    private readonly props: ReloaderProps,
    private running: RunningApp,
  ) {
    this.ignored = new IgnoredFiles(props.directory);
    this.swapper = new CodeSwapper({ api: running.api, emulator: props.app.emulator, line: props.line });
    this.watcher = new FileWatcher({
      ignores: (file) => this.ignored.has(file) && !this.isCodeFolder(file),
      line: props.line,
      onNew: (file) => this.ignored.learn(file),
      onChange: (files, at) => this.changed(files, at),
    });
  }

  /** Starts to watch. When it returns, all code units are built, and changes are detected. */
  public async start(): Promise<void> {
    this.watcher.add(this.props.directory);
    await this.enqueue(async () => {
      await this.takeSynth(this.running.assembly.stacks);
      this.remember(this.running);
      for (const fn of this.functions) this.setLive(fn);
    });
  }

  /** Source of a file of a deployed function. */
  public async sourceOf(functionName: string, file: string): Promise<DeployedSource | undefined> {
    const path = this.functions.find(({ name }) => name === functionName)?.path;
    const hash = path === undefined ? undefined : this.assets.get(path);
    return hash === undefined ? undefined : this.units.sourceOf(file, hash);
  }

  /** Waits until all changes so far are deployed, and the old versions are deleted. */
  public async settled(): Promise<void> {
    await this.queue;
    await this.swapper.settled();
  }

  public async stop(): Promise<void> {
    this.stopped = true;
    this.watcher.close();
    this.swapper.stop();
    await this.queue;
    await this.units.dispose();
    await stopEsbuild();
  }

  private changed(files: readonly string[], at: number): void {
    if (this.stopped) return;
    const units = this.units.affectedBy(files);
    if (units.length > 0) void this.enqueue(() => this.rebuild(units, at));
    if (files.some((file) => this.needsSynth(file))) void this.synthesize();
  }

  private needsSynth(file: string): boolean {
    if (isCompiled(file) || this.units.isCodeOnly(file)) return false;
    // During a synth the app writes files, and these changes must not start another synth.
    return !this.synthesizing || this.units.isSource(file);
  }

  private async rebuild(units: readonly CodeUnit[], at: number): Promise<void> {
    try {
      await this.units.build(units);
    } catch (error) {
      for (const unit of units) this.broken.add(unit);
      this.showFailure(units, at, error);
      return;
    }
    this.watchInputs();
    const swapped = await this.swapChanged(at);
    const fixed = units.filter((unit) => this.broken.delete(unit));
    // If new code was deployed, its own line already shows that the build works again.
    if (fixed.length > 0 && !swapped) this.props.line(`${this.modulesOf(fixed)}: ${BUILDS_AGAIN}`);
  }

  /**
   * Deploys changed code of functions.
   * @returns whether code has changed
   */
  private async swapChanged(at: number): Promise<boolean> {
    const changed = await Promise.all(
      this.functions.map(async (fn) => {
        const code = this.units.codeOf(this.assets.get(fn.path));
        if (code === undefined || this.live.get(keyOf(fn)) === code.hash) return false;
        try {
          await this.swapper.swap(fn, code.zip());
          this.live.set(keyOf(fn), code.hash);
          this.props.app.invalidateEdges();
          this.showResult(fn.module, at);
        } catch (error) {
          this.showResult(fn.module, at, { problem: "Lambda didn't take the new code", error });
        }
        return true;
      }),
    );
    return changed.includes(true);
  }

  private async synthesize(): Promise<void> {
    if (this.synthesizing) {
      this.synthAgain = true;
      return;
    }
    this.synthesizing = true;
    const at = Date.now();
    try {
      const assembly = await this.props.app.synthesize();
      await this.enqueue(async () => {
        await this.takeSynth(assembly.stacks);
        if (comparable(assembly.stacks, (hash) => this.units.has(hash)) !== this.deployed) {
          await this.deploy(assembly, at);
        } else if (this.synthFailed) {
          this.props.line('the app can be synthesized again, and no stack has changed');
        }
        this.synthFailed = false;
        await this.swapChanged(at);
      });
    } catch (error) {
      if (this.stopped) return;
      this.synthFailed = true;
      const known = error instanceof LocalError || error instanceof BuildError;
      const reason = known ? error.message : (error as Error).stack;
      this.props.line(`not deployed, the previous version continues to run: ${reason}`);
    } finally {
      this.synthesizing = false;
    }
    if (!this.synthAgain || this.stopped) return;
    this.synthAgain = false;
    await this.synthesize();
  }

  private async deploy(assembly: RunningApp['assembly'], at: number): Promise<void> {
    const stacks = assembly.stacks.map(({ name }) => name);
    const before = new Map(this.functions.map((fn) => [keyOf(fn), fn.assetHash]));
    try {
      this.running = await this.props.app.deploy(assembly);
    } catch (error) {
      const event = { kind: 'deploy', time: Date.now(), stacks, ms: Date.now() - at } as const;
      this.props.app.events.emit({ ...event, error: (error as Error).message });
      throw error;
    }
    this.remember(this.running);
    // CloudFormation has deployed the code of these functions only.
    for (const fn of this.functions) if (before.get(keyOf(fn)) !== fn.assetHash) this.setLive(fn);
    this.props.app.events.emit({ kind: 'deploy', time: Date.now(), stacks, ms: Date.now() - at });
    this.props.onDeployed(this.running);
  }

  /** Updates the code units from a synth, and builds them. */
  private async takeSynth(stacks: readonly AssemblyStack[]): Promise<void> {
    this.assets = new Map();
    for (const { template } of stacks.flatMap(templatesIn)) {
      for (const [logicalId, resource] of Object.entries(template.Resources ?? {})) {
        const hash = resource.Type === 'AWS::Lambda::Function' ? assetHashOf(resource) : undefined;
        if (hash !== undefined) this.assets.set(pathOf(logicalId, resource), hash);
      }
    }
    await this.units.update(takeRecord(this.props.recordFile), new Set(this.assets.values()));
    // Code that can't be built here is still deployed by CloudFormation.
    await this.units.build().catch((error: Error) => this.props.line(`not built here: ${error.message}`));
    this.watchInputs();
  }

  private remember(running: RunningApp): void {
    this.functions = liveFunctions(running.stacks);
    this.deployed = comparable(running.assembly.stacks, (hash) => this.units.has(hash));
  }

  private setLive(fn: LiveFunction): void {
    const code = this.units.codeOf(this.assets.get(fn.path));
    if (code !== undefined) this.live.set(keyOf(fn), code.hash);
  }

  /** Watches the folders of the functions' sources, which may be outside of the app's folder. */
  private watchInputs(): void {
    for (const folder of new Set(this.units.inputs().map((file) => path.dirname(file)))) {
      if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) this.watcher.add(folder);
    }
  }

  private isCodeFolder(file: string): boolean {
    return !/[\\/]node_modules[\\/]/.test(file) && this.units.affectedBy([file]).length > 0;
  }

  private showFailure(units: readonly CodeUnit[], at: number, error: unknown): void {
    this.showResult(this.modulesOf(units), at, { problem: "the new code can't be built", error });
  }

  private modulesOf(units: readonly CodeUnit[]): string {
    const hashes = new Set(units.flatMap((unit) => unit.assetHashes()));
    const modules = this.functions.filter((fn) => hashes.has(this.assets.get(fn.path) ?? ''));
    return modules.map((fn) => fn.module).join(', ');
  }

  private showResult(
    module: string,
    at: number,
    failure?: { readonly problem: string; readonly error: unknown },
  ): void {
    const ms = Date.now() - at;
    const error = (failure?.error as Error | undefined)?.message;
    this.props.app.events.emit({ kind: 'swap', time: Date.now(), module, ms, ...(error !== undefined && { error }) });
    if (failure === undefined) this.props.line(`${module}: new code is live after ${ms} ms`);
    else
      this.props.line(
        `${module}: the old code continues to run, because ${failure.problem}:\n${indented(error ?? '')}`,
      );
  }

  /** Runs after the queued work. */
  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.queue.then(work);
    this.queue = done.catch(() => undefined);
    return done;
  }
}

function keyOf({ region, name }: LiveFunction): string {
  return `${region} ${name}`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
