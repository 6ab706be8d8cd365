import { createHash } from 'node:crypto';
import { type FSWatcher, readdirSync, readFileSync, realpathSync, type Stats, statSync, watch } from 'node:fs';
import * as path from 'node:path';

export interface FileWatcherProps {
  /** Whether a file or folder isn't watched. */
  readonly ignores: (file: string) => boolean;
  /** Prints a line for the user. */
  readonly line: (text: string) => void;
  /** Called for a new file before its content is read. */
  readonly onNew?: (file: string) => void;
  /** Called with the files whose content has changed, and the time of the first change. */
  readonly onChange: (files: readonly string[], at: number) => void;
}

/** Editors write a file in several steps. Changes within this time count as one. */
const QUIET_MS = 10;
/** For larger files, size and time are compared instead of the content. */
const MAX_READ_BYTES = 4 * 1024 * 1024;

/** Watches folders for files whose content changes. */
export class FileWatcher {
  private readonly watchers = new Map<string, FSWatcher>();
  /** Content of known files, as a hash. */
  private readonly contents = new Map<string, string>();
  private readonly touched = new Set<string>();
  private changedAt = 0;
  private timer?: NodeJS.Timeout;
  private limitReported = false;

  public constructor(private readonly props: FileWatcherProps) {}

  /** Watches a folder and its subfolders. Folders that are already watched are skipped. */
  public add(folder: string): void {
    for (const file of this.watch(folder)) this.contents.set(file, contentOf(file) ?? '');
  }

  public close(): void {
    clearTimeout(this.timer);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  /** @returns the files of newly watched folders */
  private watch(folder: string): string[] {
    if (this.watchers.has(folder) || leadsBack(folder)) return [];
    let names: string[];
    try {
      const watcher = watch(folder, (_, name) => name !== null && this.touch(path.join(folder, name)));
      watcher.on('error', (error) => this.lose(folder, error));
      this.watchers.set(folder, watcher);
      names = readdirSync(folder);
    } catch (error) {
      this.lose(folder, error as Error);
      return [];
    }
    return names.flatMap((name) => {
      const inside = path.join(folder, name);
      if (this.props.ignores(inside)) return [];
      const stat = statOf(inside);
      if (stat?.isDirectory()) return this.watch(inside);
      return stat?.isFile() ? [inside] : [];
    });
  }

  /**
   * Stops watching a folder after an error. ENOSPC means that the system's limit of watched folders
   * is reached. Any other error means that the folder was removed in the meantime.
   */
  private lose(folder: string, { code }: NodeJS.ErrnoException): void {
    this.forget(folder);
    if (code !== 'ENOSPC' || this.limitReported) return;
    this.limitReported = true;
    this.props.line(
      `changes in ${folder} and other folders aren't seen, because the system's limit of watched folders is reached: raise it by sudo sysctl fs.inotify.max_user_watches=524288`,
    );
  }

  private forget(folder: string): void {
    this.watchers.get(folder)?.close();
    this.watchers.delete(folder);
  }

  private touch(file: string): void {
    if (this.touched.size === 0) this.changedAt = Date.now();
    this.touched.add(file);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.report(), QUIET_MS);
  }

  private report(): void {
    const files = [...this.touched];
    this.touched.clear();
    const changed = files.flatMap((file) => this.changesOf(file));
    if (changed.length > 0) this.props.onChange(changed, this.changedAt);
  }

  private changesOf(file: string): string[] {
    if (!this.contents.has(file)) this.props.onNew?.(file);
    if (this.props.ignores(file)) return [];
    if (statOf(file)?.isDirectory()) {
      return this.watch(file).flatMap((inside) => this.changesOf(inside));
    }
    const content = contentOf(file);
    if (content === undefined) this.forget(file);
    if (this.contents.get(file) === content) return [];
    if (content === undefined) this.contents.delete(file);
    else this.contents.set(file, content);
    return [file];
  }
}

/** Whether a folder is a link to a folder above it. Following it would never end. */
function leadsBack(folder: string): boolean {
  try {
    const [own, above] = [realpathSync(folder), realpathSync(path.dirname(folder))];
    return `${above}${path.sep}`.startsWith(own.endsWith(path.sep) ? own : `${own}${path.sep}`);
  } catch {
    return false;
  }
}

/** @returns undefined if the file is gone, or is a link that leads to no file */
function statOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined;
  }
}

function contentOf(file: string): string | undefined {
  try {
    const { size, mtimeMs } = statSync(file);
    if (size > MAX_READ_BYTES) return `${size} ${mtimeMs}`;
    return createHash('sha1').update(readFileSync(file)).digest('base64');
  } catch {
    return undefined;
  }
}
