import { constants, cpSync } from 'node:fs';
import * as path from 'node:path';
import { LocalError } from '../local-error';
import { type Assembly, type AssemblyStack, readAssembly } from './assembly';
import { type BucketUpload, replaceBucketDeployments } from './bucket-deployments';
import { type DropProps, dropUnsupported, type Refusal } from './drop';
import { refuseImageFunctions } from './image-functions';
import { missingParameters, type ParameterValues, parametersOf } from './parameters';
import { type PatchProps, patchTemplate } from './patches';
import type { Plan } from './plan';
import { danglingReferences } from './references';
import { rehash } from './rehash';
import { replaceAttributes } from './replace';
import type { Change, Template } from './template';
import { templatesIn } from './template-tree';

export interface PrepareProps extends PatchProps, Omit<DropProps, 'outputsAreUsed'> {
  /**
   * Values of CloudFormation parameters.
   * @default - the values that the app states
   */
  readonly parameters?: ParameterValues;
}

/** A stack that is ready for the local AWS emulator. */
export interface PreparedStack extends AssemblyStack {
  /** Files to write after the deployment. */
  readonly uploads: readonly BucketUpload[];
}

/** A copy of an assembly that is ready for the local AWS emulator. */
export interface PreparedAssembly extends Assembly, Plan {
  readonly stacks: readonly PreparedStack[];
}

/**
 * Copies a synthesized assembly, and adapts the copy to the local AWS emulator. It leaves out or
 * replaces resources that the emulator lacks. Only the given stacks are adapted, so select them
 * first. The original isn't changed.
 * @throws LocalError that lists all resources that can't be deployed, before anything is deployed
 */
export function prepareAssembly(assembly: Assembly, directory: string, props: PrepareProps): PreparedAssembly {
  cpSync(assembly.directory, directory, { recursive: true, mode: constants.COPYFILE_FICLONE });
  const plan = {
    dropped: [] as Change[],
    replaced: [] as Change[],
    substituted: [] as Change[],
    patched: [] as Change[],
  };
  const refused: Refusal[] = [];
  const dangling: string[] = [];
  const uploads = new Map<string, BucketUpload[]>();
  const parameters = new Map<string, Record<string, string>>();
  const changed = new Map<string, Map<string, string>>();
  for (const stack of assembly.stacks) {
    const values = parametersOf(stack, props.parameters ?? new Map());
    parameters.set(stack.id, values);
    refused.push(...missingParameters(stack, values));
    for (const { templateFile, template } of templatesIn(stack)) {
      if (template.Resources === undefined) continue;
      const isNested = template !== stack.template;
      const adapted = adapt(template, { ...props, outputsAreUsed: isNested });
      for (const kind of ['dropped', 'replaced', 'substituted', 'patched'] as const) plan[kind].push(...adapted[kind]);
      refused.push(...adapted.refused);
      uploads.set(stack.id, [...(uploads.get(stack.id) ?? []), ...adapted.uploads]);
      if (adapted.refused.length === 0) {
        dangling.push(...danglingReferences(adapted.template).map((line) => `${templateFile}: ${line}`));
      }
      if (adapted.template === template) continue;
      const copy = path.join(directory, path.relative(assembly.directory, stack.directory));
      const files = changed.get(copy) ?? new Map<string, string>();
      changed.set(copy, files.set(templateFile, JSON.stringify(adapted.template, undefined, 1)));
    }
  }
  refuse(refused, dangling);
  for (const [folder, files] of changed) rehash(folder, files);

  const copied = new Map(readAssembly(directory).stacks.map((stack) => [stack.id, stack]));
  const stacks = assembly.stacks.map(({ id, account, region }) => ({
    ...copied.get(id)!,
    account,
    region,
    parameters: parameters.get(id) ?? {},
    uploads: uploads.get(id) ?? [],
  }));
  return { directory, stacks, missing: assembly.missing, ...plan };
}

interface Adapted extends Plan {
  readonly template: Template;
  readonly uploads: readonly BucketUpload[];
  readonly refused: readonly Refusal[];
}

function adapt(template: Template, props: DropProps & PatchProps): Adapted {
  const substituted = replaceBucketDeployments(template);
  const replaced = replaceAttributes(substituted.template);
  const filtered = dropUnsupported(replaced.template, props);
  const patched = patchTemplate(filtered.template, props);
  const changes = [substituted.substituted, replaced.replaced, filtered.dropped, patched.patched];
  return {
    ...substituted,
    ...replaced,
    ...filtered,
    ...patched,
    refused: [...filtered.refused, ...refuseImageFunctions(template)],
    template: changes.every((list) => list.length === 0) ? template : patched.template,
  };
}

function refuse(refused: readonly Refusal[], dangling: readonly string[]): void {
  if (refused.length > 0) {
    const lines = refused.map(({ path: where, type, why }) => `\n  ${where} (${type}): ${why}`);
    throw new LocalError(`the app can't be deployed to the local AWS emulator, nothing was deployed:${lines.join('')}`);
  }
  if (dangling.length > 0) {
    const lines = dangling.map((line) => `\n  ${line}`).join('');
    throw new LocalError(`a resource that the local AWS emulator lacks must not be referred to, got:${lines}`);
  }
}
