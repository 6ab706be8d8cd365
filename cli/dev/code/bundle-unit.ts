import * as path from 'node:path';
import type { BuildContext, BuildOptions } from 'esbuild';
import { bundleOptions, HANDLER_MODULE, packHandlers } from '../../../lib/functions/bundle/pack';
import { type HandlerSource, sourcesOf } from '../../../lib/functions/bundle/sources';
import { zipFiles } from '../../../local/deploy';
import type { RecordedBundle } from './app-record';
import type { BuiltCode, CodeUnit, DeployedSource } from './code-unit';
import { contextOf, inputsOf, rebuild, type WholeResult } from './esbuild';

/** A folder of handlers, bundled as `HandlerBundle` does. */
export class BundleUnit implements CodeUnit {
  public static idOf({ directory, options }: RecordedBundle): string {
    return `bundle ${directory} ${JSON.stringify(options)}`;
  }

  public readonly id: string;
  private context?: { readonly entries: string; readonly esbuild: BuildContext<BuildOptions> };
  private known: readonly string[] = [];
  private maps = new Map<string, string>();

  /** @param bundle of the last synth */
  public constructor(public bundle: RecordedBundle) {
    this.id = BundleUnit.idOf(bundle);
  }

  public affects(file: string): boolean {
    return this.known.includes(file) || path.dirname(file) === this.bundle.directory;
  }

  public assetHashes(): readonly string[] {
    return Object.values(this.bundle.handlers);
  }

  public inputs(): readonly string[] {
    return this.known;
  }

  public async build(): Promise<ReadonlyMap<string, BuiltCode>> {
    const { directory, handlers } = this.bundle;
    const entries = sourcesOf(directory).filter(({ mayExport }) => mayExport);
    const result = await rebuild(await this.contextFor(entries), directory);
    this.remember(result, directory);
    const packages = packHandlers(result, entries);
    const built = new Map<string, BuiltCode>();
    for (const [name, code] of packages) {
      const hash = handlers[name];
      // No function uses a new handler yet. Once one does, the app is synthesized again.
      if (hash !== undefined) built.set(hash, { hash: code.hash, zip: () => zipFiles(code.files) });
    }
    return built;
  }

  public sourceOf(file: string, assetHash: string): DeployedSource | undefined {
    // Lambda's entry has the same name in each package.
    const [name] = Object.entries(this.bundle.handlers).find(([, hash]) => hash === assetHash) ?? [];
    const json = this.maps.get(`${file === HANDLER_MODULE ? `${name}.mjs` : file}.map`);
    return json === undefined ? undefined : { json, directory: path.join(this.bundle.directory, '.breakwater-out') };
  }

  public async dispose(): Promise<void> {
    await this.context?.esbuild.dispose();
  }

  private async contextFor(sources: readonly HandlerSource[]): Promise<BuildContext<BuildOptions>> {
    const { directory, options } = this.bundle;
    const entries = sources.map(({ file }) => file).join('\n');
    if (this.context?.entries === entries) return this.context.esbuild;
    await this.context?.esbuild.dispose();
    this.context = { entries, esbuild: await contextOf(directory, bundleOptions(directory, sources, options)) };
    return this.context.esbuild;
  }

  private remember(result: WholeResult, directory: string): void {
    this.known = inputsOf(result, directory);
    const maps = result.outputFiles.filter(({ path: file }) => file.endsWith('.map'));
    this.maps = new Map(maps.map(({ path: file, text }) => [path.basename(file), text]));
  }
}
