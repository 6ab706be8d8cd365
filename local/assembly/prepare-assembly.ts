import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { LocalError } from '../local-error';
import { dropUnsupported } from './filter';
import { type PatchProps, patchTemplate } from './patches';
import { danglingReferences } from './references';
import type { Change, Template } from './template';

const TEMPLATE_FILE = /\.template\.json$/;

export interface PreparedAssembly {
  readonly directory: string;
  readonly dropped: readonly Change[];
  readonly patched: readonly Change[];
  /** The templates as they were synthesized, by file name. */
  readonly templates: ReadonlyMap<string, Template>;
}

/**
 * Copies a synthesized assembly and adapts the copy to the local AWS emulator. The original stays
 * unchanged.
 * @throws LocalError that lists every reference to a dropped resource
 */
export function prepareAssembly(source: string, directory: string, props: PatchProps): PreparedAssembly {
  cpSync(source, directory, { recursive: true });
  const dropped: Change[] = [];
  const patched: Change[] = [];
  const dangling: string[] = [];
  const templates = new Map<string, Template>();
  const changed = new Map<string, string>();
  for (const file of readdirSync(directory)
    .filter((name) => TEMPLATE_FILE.test(name))
    .sort()) {
    const template = JSON.parse(readFileSync(path.join(directory, file), 'utf8')) as Template;
    templates.set(file, template);
    if (template.Resources === undefined) continue;
    const filtered = dropUnsupported(template);
    const result = patchTemplate(filtered.template, props);
    dropped.push(...filtered.dropped);
    patched.push(...result.patched);
    dangling.push(...danglingReferences(result.template).map((line) => `${file}: ${line}`));
    if (filtered.dropped.length + result.patched.length > 0) {
      changed.set(file, JSON.stringify(result.template, undefined, 1));
    }
  }
  if (dangling.length > 0) {
    const lines = dangling.map((line) => `\n  ${line}`).join('');
    throw new LocalError(`a resource that the local AWS emulator lacks must not be referred to, got:${lines}`);
  }
  rehash(directory, changed);
  return { directory, dropped, patched, templates };
}

/**
 * Gives changed templates new asset ids everywhere, because the CDK CLI doesn't upload an asset
 * whose id is known. A parent contains the ids of its nested templates, so nested templates come
 * first.
 */
function rehash(directory: string, changed: Map<string, string>): void {
  const jsonFiles = readdirSync(directory).filter((name) => name.endsWith('.json'));
  const contents = new Map(jsonFiles.map((name) => [name, readFileSync(path.join(directory, name), 'utf8')]));
  for (const [file, text] of changed) contents.set(file, text);

  const ids = templateIds(contents);
  const done = new Set<string>();
  const pending = new Set(changed.keys());
  while (pending.size > 0) {
    const ready = [...pending].find((file) => {
      const others = [...pending].filter((other) => other !== file);
      return others.every((other) => !(ids.has(other) && contents.get(file)!.includes(ids.get(other)!)));
    });
    if (ready === undefined) throw new Error('nested templates refer to each other in a circle');
    pending.delete(ready);
    done.add(ready);
    const id = ids.get(ready);
    if (id === undefined) continue;
    const fresh = createHash('sha256').update(contents.get(ready)!).digest('hex');
    for (const [name, text] of contents) {
      if (!text.includes(id)) continue;
      contents.set(name, text.replaceAll(id, fresh));
      // The parent contains the id, so it has changed as well.
      if (TEMPLATE_FILE.test(name) && !done.has(name)) pending.add(name);
    }
  }
  for (const [name, text] of contents) writeFileSync(path.join(directory, name), text);
}

/** Asset ids of the templates that are assets, by file. */
function templateIds(contents: ReadonlyMap<string, string>): Map<string, string> {
  const ids = new Map<string, string>();
  for (const [name, text] of contents) {
    if (!name.endsWith('.assets.json')) continue;
    const { files = {} } = JSON.parse(text) as { files?: Record<string, { source: { path?: string } }> };
    for (const [id, { source }] of Object.entries(files)) {
      if (source.path !== undefined && TEMPLATE_FILE.test(source.path)) ids.set(source.path, id);
    }
  }
  return ids;
}
