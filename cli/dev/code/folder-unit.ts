import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { filesIn, zipFolder } from '../../../local/deploy';
import type { RecordedAsset } from './app-record';
import { type BuiltCode, type CodeUnit, type DeployedSource, hashOf } from './code-unit';

/** A folder that is deployed unchanged: `Code.fromAsset`, in any language. */
export class FolderUnit implements CodeUnit {
  /** @returns undefined if the deployed folder may differ from the source */
  public static of({ bundled, filtered, packaging, source, hash }: RecordedAsset): FolderUnit | undefined {
    return bundled || filtered || packaging !== 'zip' ? undefined : new FolderUnit(hash, source);
  }

  public readonly id: string;

  /** @param hash that the asset had in the last synth */
  private constructor(
    public hash: string,
    private readonly directory: string,
  ) {
    this.id = `folder ${directory}`;
  }

  public affects(file: string): boolean {
    return file.startsWith(`${this.directory}${path.sep}`);
  }

  public assetHashes(): readonly string[] {
    return [this.hash];
  }

  public inputs(): readonly string[] {
    return filesIn(this.directory)
      .filter((name) => !/(^|\/)(node_modules|__pycache__)\//.test(name))
      .map((name) => path.join(this.directory, name));
  }

  public build(): Promise<ReadonlyMap<string, BuiltCode>> {
    const names = filesIn(this.directory);
    const files = new Map(names.map((name) => [name, readFileSync(path.join(this.directory, name))]));
    const code = { hash: hashOf(files), zip: () => zipFolder(this.directory) };
    return Promise.resolve(new Map([[this.hash, code]]));
  }

  public sourceOf(file: string): Promise<DeployedSource> {
    return Promise.resolve({ path: path.join(this.directory, file) });
  }

  public dispose(): Promise<void> {
    return Promise.resolve();
  }
}
