import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { isAlive } from '../../local/cloud';

const APP_FILE = 'app.txt';

/**
 * Stores which app this run is for, and looks for another run of the same app.
 * @param folder of this run. The folders of other runs are in the same parent folder
 * @returns process id of the other run; undefined if there is none
 */
export function otherRun(folder: string, appDirectory: string): number | undefined {
  writeFileSync(path.join(folder, APP_FILE), appDirectory);
  const root = path.dirname(folder);
  for (const name of readdirSync(root)) {
    const pid = Number(/^run-(\d+)$/.exec(name)?.[1]);
    const file = path.join(root, name, APP_FILE);
    if (!(pid > 0) || name === path.basename(folder) || !isAlive(pid) || !existsSync(file)) continue;
    if (readFileSync(file, 'utf8') === appDirectory) return pid;
  }
  return undefined;
}
