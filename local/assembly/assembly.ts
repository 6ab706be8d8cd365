import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { LocalError } from '../local-error';
import { type AnnotatedArtifact, type Annotation, annotationsOf } from './annotations';
import { readTemplateTree, type TemplateTree } from './template-tree';

/** Account and Region of stacks without a stated environment. */
export interface DefaultPlace {
  readonly account: string;
  readonly region: string;
}

/** A stack of an assembly. */
export interface AssemblyStack extends TemplateTree {
  /** Path of the stack as the CDK CLI shows it: `Shop`, or `Beta/Shop` in a stage. */
  readonly id: string;
  /** Name of the deployed stack. */
  readonly name: string;
  readonly account: string;
  readonly region: string;
  /**
   * Folder of the assembly that contains the stack. For a stack in a stage, this is the stage's
   * folder.
   */
  readonly directory: string;
  /** File names of the asset manifests in that folder. */
  readonly assetManifests: readonly string[];
  /** Ids of the stacks that must be deployed before this one. */
  readonly dependsOn: readonly string[];
  /** Values of parameters that the app states. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly annotations: readonly Annotation[];
}

/** A context value that the app needs and that is missing. */
export interface MissingContext {
  readonly key: string;
  readonly provider: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** A synthesized app with its stacks, including those of its stages. */
export interface Assembly {
  readonly directory: string;
  /** Stacks in the order in which they can be deployed. */
  readonly stacks: readonly AssemblyStack[];
  readonly missing: readonly MissingContext[];
}

interface Artifact extends AnnotatedArtifact {
  readonly type: string;
  readonly environment?: string;
  readonly dependencies?: readonly string[];
  readonly displayName?: string;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly directoryName?: string;
    readonly file?: string;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly tags?: Readonly<Record<string, string>>;
  };
}

interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
  readonly missing?: readonly MissingContext[];
}

/** Default for callers that only read templates. */
const NOWHERE: DefaultPlace = { account: 'unknown-account', region: 'unknown-region' };

/**
 * Reads an assembly, including the assemblies of its stages.
 * @param place account and Region of stacks that state none
 * @throws LocalError if the folder has no manifest
 */
export function readAssembly(directory: string, place: DefaultPlace = NOWHERE): Assembly {
  const { missing = [] } = manifestOf(directory);
  return { directory, stacks: inOrder(readStacks(directory, place)), missing };
}

/** The folder of an assembly and those of the assemblies nested in it. */
export function assemblyDirectories(directory: string): string[] {
  const nested = Object.values(manifestOf(directory).artifacts ?? {}).filter(isNestedAssembly);
  return [directory, ...nested.flatMap((artifact) => assemblyDirectories(directoryOf(directory, artifact)))];
}

function manifestOf(directory: string): Manifest {
  const file = path.join(directory, 'manifest.json');
  if (!existsSync(file)) {
    throw new LocalError(`the app must write a cloud assembly, got no manifest.json in ${directory}: call app.synth()`);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

function isNestedAssembly({ type, properties }: Artifact): boolean {
  return type === 'cdk:cloud-assembly' && properties?.directoryName !== undefined;
}

function directoryOf(directory: string, artifact: Artifact): string {
  return path.join(directory, artifact.properties?.directoryName ?? '');
}

function readStacks(directory: string, place: DefaultPlace): AssemblyStack[] {
  const artifacts = manifestOf(directory).artifacts ?? {};
  const idOf = (key: string): string => artifacts[key]?.displayName ?? key;
  return Object.entries(artifacts).flatMap(([key, artifact]) => {
    if (isNestedAssembly(artifact)) return readStacks(directoryOf(directory, artifact), place);
    if (artifact.type !== 'aws:cloudformation:stack') return [];
    const { properties = {}, dependencies = [] } = artifact;
    const templateFile = properties.templateFile ?? `${key}.template.json`;
    const isType = (type: string) => (other: string) => artifacts[other]?.type === type;
    const stack: AssemblyStack = {
      id: idOf(key),
      name: properties.stackName ?? key,
      ...placeOf(artifact.environment, place),
      directory,
      ...readTemplateTree(directory, templateFile),
      assetManifests: dependencies
        .filter(isType('cdk:asset-manifest'))
        .flatMap((other) => artifacts[other]?.properties?.file ?? []),
      dependsOn: dependencies.filter(isType('aws:cloudformation:stack')).map(idOf),
      parameters: properties.parameters ?? {},
      tags: properties.tags ?? {},
      annotations: annotationsOf(directory, artifact),
    };
    return [stack];
  });
}

/** Reads `aws://ACCOUNT/REGION`, where either may be unknown. */
function placeOf(environment: string | undefined, place: DefaultPlace): DefaultPlace {
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment ?? '') ?? [];
  return {
    account: account === undefined || account === 'unknown-account' ? place.account : account,
    region: region === undefined || region === 'unknown-region' ? place.region : region,
  };
}

/**
 * Sorts stacks so that each one comes after its dependencies. Otherwise the manifest's order is
 * kept.
 */
function inOrder(stacks: readonly AssemblyStack[]): AssemblyStack[] {
  const byId = new Map(stacks.map((stack) => [stack.id, stack]));
  const ordered = new Set<AssemblyStack>();
  const visit = (stack: AssemblyStack, path: readonly AssemblyStack[]): void => {
    if (ordered.has(stack) || path.includes(stack)) return;
    for (const id of stack.dependsOn) {
      const needed = byId.get(id);
      if (needed !== undefined) visit(needed, [...path, stack]);
    }
    ordered.add(stack);
  };
  for (const stack of stacks) visit(stack, []);
  return [...ordered];
}
