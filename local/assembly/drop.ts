import { isDependent, isEssential, optionalProperties, whyDroppable } from './droppable';
import { type Reference, referencesIn, referencesOf } from './references';
import { type Change, isMap, pathOf, type Resource, type Template, type Value } from './template';

export interface DropProps {
  /** Types that the local AWS emulator can provision. */
  readonly known: ReadonlySet<string>;
  /**
   * Whether to leave out all resources that the emulator lacks, if nothing refers to them and the
   * app works without them.
   * @default false
   */
  readonly withoutUnsupported?: boolean;
  /**
   * Whether another template uses the outputs, such as the parent of a nested stack.
   * @default - only outputs with an export are used
   */
  readonly outputsAreUsed?: boolean;
}

/** A resource that can't be deployed to the emulator, with the reason. */
export interface Refusal {
  /** Path in the construct tree. */
  readonly path: string;
  readonly type: string;
  readonly why: string;
}

interface Dropped {
  readonly template: Template;
  readonly dropped: readonly Change[];
  readonly refused: readonly Refusal[];
}

/**
 * Leaves out resources that the local AWS emulator lacks, if no code calls them. It also leaves out
 * resources, outputs and `DependsOn` that are useless without them, such as routes of a NAT
 * gateway. Other resources that the emulator lacks are refused. Resources of known types are
 * deployed, unless they are useless without a resource that is left out.
 */
export function dropUnsupported(template: Template, props: DropProps): Dropped {
  const lacking = Object.entries(template.Resources).filter(([, { Type: type }]) => !isKnown(type, props.known));
  const why = new Map<string, string>();
  for (const [logicalId, resource] of lacking) {
    const reason = whyDroppable(resource);
    if (reason !== undefined) why.set(logicalId, reason);
    else if (props.withoutUnsupported === true && !isEssential(resource)) why.set(logicalId, 'the emulator lacks it');
  }
  addDependent(template, why);

  const dropped: Change[] = [];
  const refused: Refusal[] = [];
  const kept: Record<string, Resource> = {};
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    const reason = why.get(logicalId);
    if (reason === undefined) kept[logicalId] = withoutReferences(resource, why);
    else dropped.push({ logicalId, path: pathOf(logicalId, resource), type: resource.Type, what: reason });
  }
  const outputs = splitOutputs(template, why, props.outputsAreUsed === true);
  dropped.push(...outputs.dropped);
  const result = { ...template, Resources: kept, ...(template.Outputs && { Outputs: outputs.kept }) };

  const users = usersIn(result);
  for (const [logicalId, resource] of lacking) {
    const used = users.filter(({ name }) => name === logicalId).map(({ where }) => where);
    if (why.has(logicalId) && used.length === 0) continue;
    refused.push({ path: pathOf(logicalId, resource), type: resource.Type, why: whyRefused(resource, used) });
  }
  return { template: result, dropped, refused };
}

/**
 * Whether the emulator supports a type. Custom resources are supported, because a function of the
 * app runs them.
 */
function isKnown(type: string, known: ReadonlySet<string>): boolean {
  return known.has(type) || type.startsWith('Custom::');
}

function whyRefused(resource: Resource, used: readonly string[]): string {
  const places = [...new Set(used)];
  if (places.length > 0) {
    const more = places.length > 2 ? ` and ${places.length - 2} more` : '';
    return `the local AWS emulator lacks it, and it is used by ${places.slice(0, 2).join(', ')}${more}`;
  }
  if (isEssential(resource)) return "the local AWS emulator lacks it, and the app doesn't work without it";
  return 'the local AWS emulator lacks it; nothing refers to it, so --without-unsupported leaves it out';
}

/** Adds resources that are useless without a dropped one, until no more are found. */
function addDependent(template: Template, why: Map<string, string>): void {
  for (let before = -1; before !== why.size; ) {
    before = why.size;
    for (const [logicalId, resource] of Object.entries(template.Resources)) {
      if (why.has(logicalId) || !isDependent(resource)) continue;
      const owner = referencesIn(resource.Properties).find(({ name }) => why.has(name))?.name;
      const other = owner === undefined ? undefined : template.Resources[owner];
      if (owner !== undefined && other !== undefined) {
        why.set(logicalId, `useless without ${pathOf(owner, other)}`);
      }
    }
  }
}

/**
 * Returns a resource without the `DependsOn` and optional properties that refer to dropped
 * resources.
 */
function withoutReferences(resource: Resource, dropped: ReadonlyMap<string, string>): Resource {
  const { DependsOn: after, ...rest } = resource;
  const remaining = [after ?? []].flat().filter((name) => !dropped.has(name));
  const gone = optionalProperties(resource).filter((property) =>
    referencesIn(resource.Properties?.[property]).some(({ name }) => dropped.has(name)),
  );
  const changed: Resource = after === undefined ? resource : { ...rest, Type: resource.Type };
  const result = after === undefined || remaining.length === 0 ? changed : { ...changed, DependsOn: remaining };
  if (gone.length === 0) return result;
  const properties = Object.entries(resource.Properties ?? {}).filter(([name]) => !gone.includes(name));
  return { ...result, Properties: Object.fromEntries(properties) };
}

/** Removes outputs that refer to dropped resources, unless other stacks import them. */
function splitOutputs(
  template: Template,
  why: ReadonlyMap<string, string>,
  allUsed: boolean,
): { readonly kept: Record<string, Value>; readonly dropped: Change[] } {
  const kept: Record<string, Value> = {};
  const dropped: Change[] = [];
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    const goes = referencesIn(output).some((reference) => why.has(reference.name));
    const isImported = allUsed || (isMap(output) && output['Export'] !== undefined);
    if (goes && !isImported) dropped.push({ logicalId: name, type: 'Output', what: 'it shows what is left out' });
    else kept[name] = output;
  }
  return { kept, dropped };
}

/** All references of resources and outputs. */
function usersIn(template: Template): Reference[] {
  const resources = Object.entries(template.Resources).flatMap(([logicalId, resource]) =>
    referencesOf(logicalId, resource).map((reference) => ({
      ...reference,
      where: reference.where.replace(logicalId, pathOf(logicalId, resource)),
    })),
  );
  const outputs = Object.entries(template.Outputs ?? {}).flatMap(([name, output]) =>
    referencesIn(output, `output ${name}`),
  );
  return [...resources, ...outputs];
}
