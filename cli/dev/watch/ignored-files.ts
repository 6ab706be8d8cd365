import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as path from 'node:path';

/** Folders of tools, at any depth. */
const FOLDERS =
  /^(node_modules|\.git|\.hg|\.svn|cdk\.out.*|\.breakwater|\.venv|venv|__pycache__|\.idea|\.vscode|\.jsii)$/;
/** Temporary files of editors and operating systems. */
const FILES = /(^\.#|^\.DS_Store$|^4913$|~$|\.sw[a-z]$|\.tmp$|\.pyc$|\.tsbuildinfo$)/;
/** Files that a compiler writes, and their sources. */
const COMPILED = /\.(d\.ts|[cm]?js|[cm]?js\.map)$/;
const SOURCES = ['.ts', '.tsx', '.mts', '.cts'];

/**
 * Decides which files of a folder aren't part of the app: files of tools, and files that git
 * ignores.
 */
export class IgnoredFiles {
  private readonly byGit = new Set<string>();
  private readonly hasGit: boolean;

  public constructor(private readonly root: string) {
    const args = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z'];
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
    this.hasGit = status === 0;
    for (const name of (stdout ?? '').split('\0')) {
      if (name !== '') this.byGit.add(path.join(root, name).replace(/[\\/]$/, ''));
    }
  }

  /** Whether a file or folder, or a folder above it, is ignored. */
  public has(file: string): boolean {
    const inside = path.relative(this.root, file);
    if (inside.startsWith('..')) return isOfTools(path.basename(file));
    let at = this.root;
    for (const part of inside.split(path.sep)) {
      at = path.join(at, part);
      if (isOfTools(part) || this.byGit.has(at)) return true;
    }
    return false;
  }

  /** Checks with git whether a new file is ignored. */
  public learn(file: string): void {
    if (!this.hasGit || this.has(file)) return;
    const { status } = spawnSync('git', ['check-ignore', '-q', file], { cwd: this.root });
    if (status === 0) this.byGit.add(file);
  }
}

/** Whether a compiler has made the file from another file in the same folder. */
export function isCompiled(file: string, exists: (file: string) => boolean = existsSync): boolean {
  if (!COMPILED.test(file)) return false;
  const stem = file.replace(COMPILED, '');
  return SOURCES.some((suffix) => exists(`${stem}${suffix}`));
}

function isOfTools(name: string): boolean {
  return FOLDERS.test(name) || FILES.test(name);
}
