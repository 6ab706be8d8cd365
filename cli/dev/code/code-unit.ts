import { createHash } from 'node:crypto';

/** Code of a function, as it is deployed. */
export interface BuiltCode {
  /** Hash of names and contents. */
  readonly hash: string;
  /** The archive that is deployed. */
  zip(): Uint8Array;
}

/** Sources from which the code of one or several functions is built. */
export interface CodeUnit {
  /** Stays the same in each synth, as long as sources and options are the same. */
  readonly id: string;
  /**
   * Whether a change of this file may change the code. The answer may be incomplete before the
   * first build.
   */
  affects(file: string): boolean;
  /** Hashes of the unit's assets in the last synth. */
  assetHashes(): readonly string[];
  /** Files of the last build, without those of installed packages. */
  inputs(): readonly string[];
  /**
   * Builds the code of all functions of this unit.
   * @returns the code by the hash that its asset had in the last synth
   * @throws BuildError with file and line
   */
  build(): Promise<ReadonlyMap<string, BuiltCode>>;
  /**
   * Source of a deployed file.
   * @param file its name in the package, with slashes
   * @param assetHash hash of the function's asset in the last synth
   */
  sourceOf(file: string, assetHash: string): Promise<DeployedSource | undefined>;
  dispose(): Promise<void>;
}

/** A deployed file's source map, or its path in the app if it is deployed unchanged. */
export type DeployedSource =
  | { readonly json: string /** Folder of the map's paths. */; readonly directory: string }
  | { readonly path: string };

/** Sources that can't be built. Each line of the message has file, line, column and reason. */
export class BuildError extends Error {
  public override readonly name = 'BuildError';
}

/** A hash of names and contents. */
export function hashOf(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${content.length}\0`);
    hash.update(content);
  }
  return hash.digest('hex');
}
