import { liveFunctions } from '../../../local/deploy';
import type { RunningApp } from '../../../local/running-app';
import { takeRecord } from './app-record';
import type { DeployedSource } from './code-unit';
import { CodeUnits } from './code-units';
import { stopEsbuild } from './esbuild';

/**
 * The sources of deployed functions, in a run that doesn't watch them. The code is built only when
 * the first stack trace needs its source map.
 */
export class UnwatchedSources {
  private readonly units = new CodeUnits();
  /** Hash of each function's asset, by the function's name. */
  private hashes?: Promise<ReadonlyMap<string, string>>;

  /** @param recordFile beginning of the names of the files that record.cjs writes */
  public constructor(
    private readonly recordFile: string,
    private readonly running: Pick<RunningApp, 'stacks'>,
  ) {}

  /** Source of a file of a deployed function. */
  public async sourceOf(functionName: string, file: string): Promise<DeployedSource | undefined> {
    this.hashes ??= this.build();
    const hash = (await this.hashes).get(functionName);
    return hash === undefined ? undefined : this.units.sourceOf(file, hash);
  }

  public async stop(): Promise<void> {
    if (this.hashes === undefined) return;
    await this.hashes;
    await this.units.dispose();
    await stopEsbuild();
  }

  private async build(): Promise<ReadonlyMap<string, string>> {
    const functions = liveFunctions(this.running.stacks);
    const hashes = new Map(functions.flatMap(({ name, assetHash }) => (assetHash ? [[name, assetHash] as const] : [])));
    await this.units.update(takeRecord(this.recordFile), new Set(hashes.values()));
    // Positions in code that can't be built here remain those of the deployed files.
    await this.units.build().catch(() => undefined);
    return hashes;
  }
}
