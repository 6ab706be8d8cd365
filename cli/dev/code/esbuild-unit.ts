import * as path from 'node:path';
import type { BuildContext, BuildOptions } from 'esbuild';
import { zipFiles } from '../../../local/deploy';
import type { RecordedAsset } from './app-record';
import { type BuiltCode, type CodeUnit, type DeployedSource, hashOf } from './code-unit';
import { contextOf, inputsOf, rebuild } from './esbuild';
import { type EsbuildOptions, esbuildOptionsOf } from './esbuild-flags';

/** The code of a `NodejsFunction`: one run of esbuild with the flags that the CDK passed. */
export class EsbuildUnit implements CodeUnit {
  /** @returns undefined if the asset isn't the result of exactly one run of esbuild */
  public static of(asset: RecordedAsset): EsbuildUnit | undefined {
    const [run, ...others] = asset.runs;
    const options = run === undefined || others.length > 0 ? undefined : esbuildOptionsOf(run);
    if (run === undefined || options === undefined || options['outfile'] === undefined) return undefined;
    return new EsbuildUnit(asset.hash, options, run.cwd);
  }

  public readonly id: string;
  private context?: BuildContext<BuildOptions>;
  private known: readonly string[];
  private map?: string;

  /** @param hash that the asset had in the last synth */
  private constructor(
    public hash: string,
    private readonly options: EsbuildOptions,
    private readonly directory: string,
  ) {
    // Each synth has another output folder, so the ID only contains the file's name.
    this.id = `esbuild ${directory} ${JSON.stringify({ ...options, outfile: path.basename(String(options['outfile'])) })}`;
    this.known = options.entryPoints.map((file) => path.resolve(directory, file));
  }

  public affects(file: string): boolean {
    return this.known.includes(file);
  }

  public assetHashes(): readonly string[] {
    return [this.hash];
  }

  public inputs(): readonly string[] {
    return this.known;
  }

  public async build(): Promise<ReadonlyMap<string, BuiltCode>> {
    const outfile = path.basename(String(this.options['outfile']));
    this.context ??= await contextOf(this.directory, {
      ...this.options,
      outfile,
      absWorkingDir: this.directory,
      // Source maps aren't deployed. They are used here, to show errors with positions in the
      // sources.
      sourcemap: this.options['sourcemap'] ?? 'external',
    });
    const result = await rebuild(this.context, this.directory);
    this.known = inputsOf(result, this.directory);
    this.map = result.outputFiles.find(({ path: file }) => file.endsWith('.map'))?.text;
    const shipped = result.outputFiles.filter(
      ({ path: file }) => this.options['sourcemap'] !== undefined || !file.endsWith('.map'),
    );
    const files = new Map(shipped.map(({ path: file, contents }) => [path.basename(file), contents]));
    return new Map([[this.hash, { hash: hashOf(files), zip: () => zipFiles(files) }]]);
  }

  public sourceOf(file: string): Promise<DeployedSource | undefined> {
    const known = this.map !== undefined && file === path.basename(String(this.options['outfile']));
    return Promise.resolve(known ? { json: this.map!, directory: this.directory } : undefined);
  }

  public async dispose(): Promise<void> {
    await this.context?.dispose();
  }
}
