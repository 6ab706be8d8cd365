import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { templateIds } from './template-tree';

const TEMPLATE_FILE = /\.template\.json$/;

/**
 * Writes changed templates, and replaces their asset IDs in all files of the folder. An asset ID
 * contains a hash of the content, so a changed template needs another ID. A parent template
 * contains the IDs of its nested templates, so nested templates are written first.
 * @param changed texts by file name
 */
export function rehash(directory: string, changed: ReadonlyMap<string, string>): void {
  const ids = templateIds(directory);
  const jsonFiles = readdirSync(directory).filter((name) => name.endsWith('.json'));
  const contents = new Map(jsonFiles.map((name) => [name, readFileSync(path.join(directory, name), 'utf8')]));
  for (const [file, text] of changed) contents.set(file, text);

  const done = new Set<string>();
  const pending = new Set(changed.keys());
  while (pending.size > 0) {
    const ready = [...pending].find((file) => {
      const others = [...pending].filter((other) => other !== file);
      return others.every((other) => !(ids.has(other) && contents.get(file)!.includes(ids.get(other)!)));
    });
    if (ready === undefined) throw new Error('nested templates must not contain each other in a cycle');
    pending.delete(ready);
    done.add(ready);
    const id = ids.get(ready);
    if (id === undefined) continue;
    const fresh = createHash('sha256').update(contents.get(ready)!).digest('hex');
    for (const [name, text] of contents) {
      if (!text.includes(id)) continue;
      contents.set(name, text.replaceAll(id, fresh));
      // The parent contains the ID, so it has changed too.
      if (TEMPLATE_FILE.test(name) && !done.has(name)) pending.add(name);
    }
  }
  for (const [name, text] of contents) writeFileSync(path.join(directory, name), text);
}
