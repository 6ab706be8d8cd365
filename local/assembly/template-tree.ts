import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Template } from './template';

const TEMPLATE_FILE = /\.template\.json$/;
const NESTED_STACK = 'AWS::CloudFormation::Stack';

/** A template with the templates of its nested stacks. */
export interface TemplateTree {
  /** File name in the folder of the assembly. */
  readonly templateFile: string;
  readonly template: Template;
  /** The templates of nested stacks by their logical ids. */
  readonly nested: ReadonlyMap<string, TemplateTree>;
}

/** Reads a template and the templates of its nested stacks. */
export function readTemplateTree(
  directory: string,
  templateFile: string,
  ids: ReadonlyMap<string, string> = templateIds(directory),
): TemplateTree {
  const template = JSON.parse(readFileSync(path.join(directory, templateFile), 'utf8')) as Template;
  const nested = new Map<string, TemplateTree>();
  for (const [logicalId, resource] of Object.entries(template.Resources ?? {})) {
    if (resource.Type !== NESTED_STACK) continue;
    const url = JSON.stringify(resource.Properties?.['TemplateURL'] ?? '');
    const [file] = [...ids].find(([name, id]) => name !== templateFile && url.includes(id)) ?? [];
    if (file !== undefined) nested.set(logicalId, readTemplateTree(directory, file, ids));
  }
  return { templateFile, template, nested };
}

/** A template and all templates that are nested in it, outermost first. */
export function templatesIn(tree: TemplateTree): TemplateTree[] {
  return [tree, ...[...tree.nested.values()].flatMap(templatesIn)];
}

/**
 * Asset IDs of the templates in a folder, by file name. Templates that aren't assets are left out.
 */
export function templateIds(directory: string): Map<string, string> {
  const ids = new Map<string, string>();
  for (const name of readdirSync(directory).filter((one) => one.endsWith('.assets.json'))) {
    const text = readFileSync(path.join(directory, name), 'utf8');
    const { files = {} } = JSON.parse(text) as { files?: Record<string, { source: { path?: string } }> };
    for (const [id, { source }] of Object.entries(files)) {
      if (source.path !== undefined && TEMPLATE_FILE.test(source.path)) ids.set(source.path, id);
    }
  }
  return ids;
}
