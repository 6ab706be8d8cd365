import type { AppRecord } from './app-record';
import { BundleUnit } from './bundle-unit';
import type { BuiltCode, CodeUnit, DeployedSource } from './code-unit';
import { EsbuildUnit } from './esbuild-unit';
import { FolderUnit } from './folder-unit';

const TYPESCRIPT = /\.[cm]?tsx?$/;

/** The sources of all functions whose code can be built without a synth. */
export class CodeUnits {
  private units = new Map<string, CodeUnit>();
  /** Files of the app itself. */
  private sources = new Set<string>();
  private built = new Map<string, BuiltCode>();

  /**
   * Updates the units from the record of a synth. Units with the same sources and options are kept,
   * with esbuild's incremental state.
   * @param used hashes of the assets that functions use
   */
  public async update(record: AppRecord, used: ReadonlySet<string>): Promise<void> {
    const before = this.units;
    this.units = new Map();
    this.sources = new Set(record.sources);
    for (const bundle of record.bundles) {
      const handlers = Object.entries(bundle.handlers).filter(([, hash]) => used.has(hash));
      if (handlers.length === 0) continue;
      const kept = before.get(BundleUnit.idOf(bundle));
      const unit = kept instanceof BundleUnit ? kept : new BundleUnit(bundle);
      unit.bundle = { ...bundle, handlers: Object.fromEntries(handlers) };
      this.units.set(unit.id, unit);
    }
    for (const asset of record.assets.filter(({ hash }) => used.has(hash))) {
      const fresh = EsbuildUnit.of(asset) ?? FolderUnit.of(asset);
      if (fresh === undefined) continue;
      const kept = before.get(fresh.id);
      const unit = kept instanceof EsbuildUnit || kept instanceof FolderUnit ? kept : fresh;
      unit.hash = asset.hash;
      this.units.set(unit.id, unit);
    }
    const gone = [...before].filter(([id]) => !this.units.has(id));
    await Promise.all(gone.map(([, unit]) => unit.dispose()));
    this.built = new Map();
  }

  /** Whether the app itself loads this file. */
  public isSource(file: string): boolean {
    return this.sources.has(file);
  }

  /** Whether only functions' code depends on a file, so that the app needs no synth. */
  public isCodeOnly(file: string): boolean {
    const units = this.affectedBy([file]);
    // A folder that is deployed unchanged contains no TypeScript sources for Lambda. The app's
    // command compiles them.
    if (TYPESCRIPT.test(file) && units.every((unit) => unit instanceof FolderUnit)) return false;
    return !this.sources.has(file) && units.length > 0;
  }

  /** The units that these files are part of. */
  public affectedBy(files: readonly string[]): CodeUnit[] {
    return [...this.units.values()].filter((unit) => files.some((file) => unit.affects(file)));
  }

  /** Files outside of installed packages that functions' code depends on. */
  public inputs(): string[] {
    return [...this.units.values()].flatMap((unit) => unit.inputs());
  }

  /**
   * Builds units. If some of them fail, the code of the others is still kept.
   * @throws BuildError of the first unit that can't be built
   */
  public async build(units: readonly CodeUnit[] = [...this.units.values()]): Promise<void> {
    const results = await Promise.allSettled(units.map((unit) => unit.build()));
    for (const result of results) {
      if (result.status === 'rejected') continue;
      for (const [hash, code] of result.value) this.built.set(hash, code);
    }
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** The code last built for the asset that had this hash in the last synth. */
  public codeOf(assetHash: string | undefined): BuiltCode | undefined {
    return assetHash === undefined ? undefined : this.built.get(assetHash);
  }

  /** Source of a deployed file of the asset that had this hash in the last synth. */
  public async sourceOf(file: string, assetHash: string): Promise<DeployedSource | undefined> {
    const unit = this.all().find((one) => one.assetHashes().includes(assetHash));
    return unit?.sourceOf(file, assetHash);
  }

  /** Whether the asset with this hash can be built without a synth. */
  public has(assetHash: string): boolean {
    return this.built.has(assetHash);
  }

  public all(): readonly CodeUnit[] {
    return [...this.units.values()];
  }

  public async dispose(): Promise<void> {
    await Promise.all(this.all().map((unit) => unit.dispose()));
  }
}
