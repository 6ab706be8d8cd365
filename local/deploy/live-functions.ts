import { isMap, pathOf, type Resource, templatesIn } from '../assembly';
import type { RunningStack } from './deployer';

/** A deployed function. */
export interface LiveFunction {
  /** Physical name. */
  readonly name: string;
  readonly region: string;
  /** Path in the construct tree: `Shop/Search/Function`. */
  readonly path: string;
  /** Short name: the shortest end of the path by which the function differs from all others. */
  readonly module: string;
  /** Hash of the code's asset in the template; undefined for inline code and images. */
  readonly assetHash?: string;
  /** Names of the function's deployed aliases. */
  readonly aliases: readonly string[];
  /** Log group that the template states. */
  readonly logGroup?: string;
}

const FUNCTION = 'AWS::Lambda::Function';
const ALIAS = 'AWS::Lambda::Alias';
/** Path parts that only name the kind of a construct, and so don't identify a function. */
const GENERIC = /^(Resource|Function|Handler|Lambda|Default)$/;

/** The functions of deployed stacks. */
export function liveFunctions(stacks: readonly RunningStack[]): LiveFunction[] {
  const found = stacks.flatMap((stack) => {
    const aliases = aliasesOf(stack);
    return templatesIn(stack).flatMap(({ template }) =>
      Object.entries(template.Resources ?? {}).flatMap(([logicalId, resource]) => {
        if (resource.Type !== FUNCTION) return [];
        const path = pathOf(logicalId, resource);
        const name = stack.resources.find((one) => one.type === FUNCTION && one.path === path)?.physicalId;
        if (name === undefined || name === '') return [];
        const assetHash = assetHashOf(resource);
        return [{ name, region: stack.region, path, module: '', assetHash, aliases: aliases.get(name) ?? [] }];
      }),
    );
  });
  const names = moduleNames(found.map(({ path }) => path));
  return found.map((one) => ({ ...one, module: names.get(one.path) ?? one.path }));
}

/** Hash of the asset that holds a function's code. */
export function assetHashOf({ Properties: properties }: Resource): string | undefined {
  const code = properties?.['Code'];
  const key = isMap(code) ? code['S3Key'] : undefined;
  return typeof key === 'string' ? /([0-9a-f]{64})\.\w+$/.exec(key)?.[1] : undefined;
}

/** The shortest end of each path that no other path has. */
export function moduleNames(paths: readonly string[]): Map<string, string> {
  const parts = new Map(paths.map((path) => [path, identifyingParts(path)]));
  const ending = (path: string, length: number): string => parts.get(path)!.slice(-length).join('/');
  return new Map(
    paths.map((path) => {
      for (let length = 1; length < parts.get(path)!.length; length++) {
        const end = ending(path, length);
        if (paths.every((other) => other === path || ending(other, length) !== end)) return [path, end];
      }
      return [path, parts.get(path)!.join('/')];
    }),
  );
}

function identifyingParts(path: string): string[] {
  const parts = path.split('/');
  while (parts.length > 1 && GENERIC.test(parts.at(-1)!)) parts.pop();
  return parts;
}

/** Aliases by the name of their function. */
function aliasesOf({ resources }: RunningStack): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { type, physicalId } of resources) {
    const [name, alias] = physicalId.split(':').slice(-2);
    if (type !== ALIAS || name === undefined || alias === undefined) continue;
    found.set(name, [...(found.get(name) ?? []), alias]);
  }
  return found;
}
