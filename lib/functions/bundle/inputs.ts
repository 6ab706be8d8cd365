import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A file that a bundle's content depends on. */
export interface InputFile {
  /** Relative to the bundle's directory, so that the cache also works in another checkout. */
  readonly path: string;
  readonly size: number;
  /**
   * Time of the last change, in milliseconds since 1970. It is 0 if the time isn't reliable, so
   * that the content must be compared.
   */
  readonly mtimeMs: number;
  /**
   * SHA-256 of the content. It is `ABSENT` if there was no such file. It is empty if only size and
   * time are compared. It is also empty if the file changed during the build. Then the record never
   * matches, so the bundle is built again.
   */
  readonly hash: string;
}

const ABSENT = 'absent';

/**
 * A folder, with a hash of the file names in it. A bundle depends on these names, because a new
 * file may replace an imported file.
 */
export interface InputFolder {
  readonly path: string;
  readonly hash: string;
}

/**
 * The coarsest time resolution of a file system (FAT: 2 s). If a file is written twice within this
 * time, its time may stay the same.
 */
const TIME_GRAIN_MS = 2000;

const MODULES = 'node_modules/';

const NO_THROW = { throwIfNoEntry: false } as const;

/** Records the files of a build, which began at `started` (milliseconds since 1970). */
export function recordFiles(directory: string, paths: Iterable<string>, started: number): InputFile[] {
  return [...new Set(paths)].sort().map((path) => {
    const file = join(directory, path);
    const stat = statSync(file, NO_THROW);
    if (!stat?.isFile()) return { path, size: 0, mtimeMs: 0, hash: ABSENT };
    const { size, mtimeMs } = stat;
    const changedMeanwhile = mtimeMs >= started;
    const trusted = mtimeMs <= started - TIME_GRAIN_MS;
    // Files of installed packages aren't edited, so their content isn't read.
    const needsHash = !changedMeanwhile && !(trusted && path.includes(MODULES));
    return { path, size, mtimeMs: trusted ? mtimeMs : 0, hash: needsHash ? hashOf(readFileSync(file)) : '' };
  });
}

/**
 * Records the folders of the app's own inputs. For installed packages, `configurationFiles` lists
 * files that contain their versions instead.
 */
export function recordFolders(directory: string, inputs: readonly string[]): InputFolder[] {
  const folders = new Set(inputs.filter((path) => !path.includes(MODULES)).map((path) => dirname(path)));
  return [...folders].sort().map((path) => ({ path, hash: folderHash(join(directory, path)) }));
}

/**
 * Compares files with their records by size and time. If one of them differs, it compares the
 * content.
 * @returns undefined if the content of a file changed; else the records with current times
 */
export function validateFiles(directory: string, files: readonly InputFile[]): readonly InputFile[] | undefined {
  let refreshed: InputFile[] | undefined;
  const now = Date.now();
  for (let i = 0; i < files.length; i++) {
    const file = files[i]!;
    // The code doesn't use join(), which would normalise thousands of paths. That takes longer than
    // the stat calls.
    const path = `${directory}/${file.path}`;
    const stat = statSync(path, NO_THROW);
    if (!stat?.isFile()) {
      if (file.hash !== ABSENT) return undefined;
      continue;
    }
    if (stat.size === file.size && stat.mtimeMs === file.mtimeMs) continue;
    if (hashOf(readFileSync(path)) !== file.hash) return undefined;
    if (stat.mtimeMs > now - TIME_GRAIN_MS) continue;
    refreshed ??= [...files];
    refreshed[i] = { ...file, size: stat.size, mtimeMs: stat.mtimeMs };
  }
  return refreshed ?? files;
}

/** Whether every folder contains the same names as in its record. */
export function validateFolders(directory: string, folders: readonly InputFolder[]): boolean {
  return folders.every(({ path, hash }) => folderHash(join(directory, path)) === hash);
}

/**
 * Returns files that esbuild reads in addition to the sources, and files that change when a package
 * is installed. The list also has files that don't exist, because their creation can change the
 * bundle.
 */
export function configurationFiles(directory: string, inputs: readonly string[]): string[] {
  const found = new Set<string>();
  const own = inputs.filter((path) => !path.includes(MODULES));
  for (const path of inputs) {
    const root = packageRoot(path);
    if (root !== undefined) found.add(`${root}/package.json`);
  }
  for (const start of new Set(['.', ...own.map((path) => dirname(path))])) {
    for (let folder = join(directory, start); ; folder = dirname(folder)) {
      for (const name of ['package.json', 'node_modules/.package-lock.json']) {
        found.add(relative(directory, join(folder, name)));
      }
      for (const file of tsconfigs(join(folder, 'tsconfig.json'))) found.add(relative(directory, file));
      // The app's root is the folder with node_modules.
      if (folder === dirname(folder) || statSync(join(folder, 'node_modules'), NO_THROW)) break;
    }
  }
  return [...found];
}

/** A tsconfig.json and the files that it extends by relative paths. */
function tsconfigs(file: string): string[] {
  if (!statSync(file, NO_THROW)?.isFile()) return [file];
  const base = /"extends"\s*:\s*"(\.[^"]+)"/.exec(readFileSync(file, 'utf8'))?.[1];
  if (base === undefined) return [file];
  const target = join(dirname(file), base.endsWith('.json') ? base : `${base}.json`);
  return target === file ? [file] : [file, ...tsconfigs(target)];
}

/** The package folder of a file: `../node_modules/@scope/name`. */
function packageRoot(path: string): string | undefined {
  const at = path.lastIndexOf(MODULES);
  if (at < 0) return undefined;
  const [first, second] = path.slice(at + MODULES.length).split('/');
  return path.slice(0, at + MODULES.length) + (first!.startsWith('@') ? `${first}/${second}` : first);
}

function folderHash(folder: string): string {
  return statSync(folder, NO_THROW) ? hashOf(readdirSync(folder).sort().join('\0')) : '';
}

function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
