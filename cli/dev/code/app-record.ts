import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';

/** A file or folder from which the app made an asset. */
export interface RecordedAsset {
  /** Hash in the asset's name. */
  readonly hash: string;
  readonly source: string;
  /** Copy in the assembly. */
  readonly staged: string;
  readonly packaging: 'file' | 'zip';
  /** Whether the content was made from the source by other programs. */
  readonly bundled: boolean;
  /** Whether the app left files out or stated the hash itself. */
  readonly filtered: boolean;
  /** Programs that ran to make the content. */
  readonly runs: readonly RecordedRun[];
}

export interface RecordedRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** A folder of handlers that `HandlerBundle` bundled. */
export interface RecordedBundle {
  readonly directory: string;
  readonly options: {
    readonly minify: boolean;
    readonly externalModules: readonly string[];
    readonly define: Readonly<Record<string, string>>;
    readonly lightSdk: boolean;
  };
  /** Hash of each handler's package, by the handler's name. */
  readonly handlers: Readonly<Record<string, string>>;
}

/** Sources of functions' code that record.cjs recorded during a synth. */
export interface AppRecord {
  readonly assets: readonly RecordedAsset[];
  readonly bundles: readonly RecordedBundle[];
  /** Files of the app's own source that the synth loaded. */
  readonly sources: readonly string[];
}

const HOOK = path.join(__dirname, 'record.cjs');

/**
 * Environment variables that make each Node.js process of the app record the sources of the
 * functions' code.
 */
export function recordingEnvironment(
  file: string,
  shell: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string>> {
  const options = [shell['NODE_OPTIONS'], `--require "${HOOK}"`].filter(Boolean).join(' ');
  return { NODE_OPTIONS: options, BREAKWATER_RECORD: file };
}

/** Reads the records of the app's processes, and removes them. */
export function takeRecord(file: string): AppRecord {
  const folder = path.dirname(file);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const records = names
    .filter((name) => name.startsWith(`${path.basename(file)}-`))
    .map((name) => {
      const one = path.join(folder, name);
      const record = JSON.parse(readFileSync(one, 'utf8')) as AppRecord;
      rmSync(one);
      return record;
    });
  return {
    assets: records.flatMap(({ assets }) => assets),
    bundles: records.flatMap(({ bundles }) => bundles),
    sources: records.flatMap(({ sources }) => sources),
  };
}
