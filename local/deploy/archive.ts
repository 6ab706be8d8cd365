import { readdirSync, readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { type Zippable, zipSync } from 'fflate';

/**
 * Date of all entries. With a fixed date, equal files give equal archives. 1 January 1980 is the
 * earliest date of the zip format.
 */
const FIXED_DATE = new Date(1980, 0, 1);
const UNIX = 3;

/**
 * Packs a folder as a zip archive, like the CDK CLI: it follows links, keeps permissions and
 * ignores dates. It doesn't compress, because the archive remains on this machine.
 */
export function zipFolder(folder: string): Uint8Array {
  const files: Zippable = {};
  for (const name of filesIn(folder)) {
    const file = path.join(folder, name);
    const options = { level: 0, mtime: FIXED_DATE, os: UNIX, attrs: statSync(file).mode << 16 } as const;
    files[name] = [readFileSync(file), options];
  }
  return zipSync(files);
}

/** Packs files as a zip archive, as `zipFolder` does. */
export function zipFiles(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const options = { level: 0, mtime: FIXED_DATE, os: UNIX, attrs: 0o100644 << 16 } as const;
  return zipSync(Object.fromEntries([...files].map(([name, content]) => [name, [content, options]])));
}

/** Names of all files below a folder, with slashes. */
export function filesIn(folder: string, prefix = ''): string[] {
  return readdirSync(path.join(folder, prefix))
    .sort()
    .flatMap((name) => {
      const inside = prefix === '' ? name : `${prefix}/${name}`;
      return statSync(path.join(folder, inside)).isDirectory() ? filesIn(folder, inside) : [inside];
    });
}
