import * as path from 'node:path';
import type { BuildContext, BuildOptions } from 'esbuild';
import { bundleOptions, HANDLER_MODULE, OUT, packHandlers } from '../../../lib/functions/bundle/pack';
import { type HandlerSource, sourcesOf } from '../../../lib/functions/bundle/sources';
import { zipFiles } from '../../../local/deploy';
import type { RecordedBundle } from './app-record';
import { BuildError, type BuiltCode, type CodeUnit, type DeployedSource } from './code-unit';
import { contextOf, inputsOf, mapsByFile, rebuild, type WholeResult } from './esbuild';

/** A folder of handlers, bundled as `HandlerBundle` does. */
export class BundleUnit implements CodeUnit {
  public static idOf({ directory, options }: RecordedBundle): string {
    return `bundle ${directory} ${JSON.stringify(options)}`;
  }

  public readonly id: string;
  private context?: {
    readonly entries: string;
    readonly whole: object;
    readonly esbuild: BuildContext<BuildOptions>;
  };
  /** Builds with source maps; undefined until a stack trace needs them. */
  private mapping?: BuildContext<BuildOptions>;
  private last?: { readonly result: WholeResult; maps?: Promise<ReadonlyMap<string, string>> };
  private known: readonly string[] = [];

  /** @param bundle of the last synth, with the handlers that functions use */
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
    this.known = inputsOf(result, directory);
    this.last = { result };
    const packages = packHandlers(result, entries);
    refuseMissing(Object.keys(handlers), [...packages.keys()], directory);
    const built = new Map<string, BuiltCode>();
    for (const [name, code] of packages) {
      const hash = handlers[name];
      // No function uses a new handler yet. When a function uses it, the app is synthesized again.
      if (hash !== undefined) built.set(hash, { hash: code.hash, zip: () => zipFiles(code.files) });
    }
    return built;
  }

  public async sourceOf(file: string, assetHash: string): Promise<DeployedSource | undefined> {
    const maps = await this.mapsOfLast();
    // The module that Lambda loads has the same file name in each package.
    const [name] = Object.entries(this.bundle.handlers).find(([, hash]) => hash === assetHash) ?? [];
    const json = maps.get(file === HANDLER_MODULE ? `${name}.mjs` : file);
    return json === undefined ? undefined : { json, directory: path.join(this.bundle.directory, OUT) };
  }

  public async dispose(): Promise<void> {
    await this.context?.esbuild.dispose();
    await this.mapping?.dispose();
  }

  private async contextFor(sources: readonly HandlerSource[]): Promise<BuildContext<BuildOptions>> {
    const { directory, options } = this.bundle;
    const entries = sources.map(({ file }) => file).join('\n');
    if (this.context?.entries === entries) return this.context.esbuild;
    await this.context?.esbuild.dispose();
    await this.mapping?.dispose();
    this.mapping = undefined;
    const whole = bundleOptions(directory, sources, options);
    this.context = { entries, whole, esbuild: await contextOf(directory, { ...whole, sourcemap: false }) };
    return this.context.esbuild;
  }

  private async mapsOfLast(): Promise<ReadonlyMap<string, string>> {
    const { last, context } = this;
    if (last === undefined || context === undefined) return new Map();
    const { directory } = this.bundle;
    last.maps ??= (async () => {
      this.mapping ??= await contextOf(directory, context.whole);
      return mapsByFile(last.result, await rebuild(this.mapping, directory));
    })();
    return last.maps;
  }
}

/** @throws BuildError if a function uses a handler that no file exports now */
function refuseMissing(used: readonly string[], exported: readonly string[], directory: string): void {
  const missing = used.filter((name) => !exported.includes(name));
  if (missing.length === 0) return;
  const folder = path.relative(process.cwd(), directory);
  const lines = missing.map((name) => `${folder}/${name}.ts must export 'handler', because a function uses it`);
  throw new BuildError(lines.join('\n'));
}
