import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IConstruct } from 'constructs';
import type { CfnTemplate } from './cfn-template';

/** A stack with its template. Each nested stack is a separate entry. */
export interface SynthesizedStack {
  readonly path: string;
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly template: CfnTemplate;
  /**
   * For a nested stack, the path of the parent stack, and the logical id of the nested stack in it.
   */
  readonly parent?: { readonly path: string; readonly logicalId: string };
}

/** A resource of a stack, with the path of its construct. */
export interface SynthesizedResource {
  /** Path of the construct: `P/Orders/Function/Resource`. */
  readonly path: string;
  /** Path of the resource's stack. */
  readonly stack: string;
  readonly logicalId: string;
}

/** A synthesized app. */
export interface SynthesizedApp {
  readonly stacks: readonly SynthesizedStack[];
  readonly resources: readonly SynthesizedResource[];
}

/** Account and Region of a stack that doesn't state them. */
const ACCOUNT = '123456789012';
const REGION = 'us-east-1';

/**
 * CDK context that turns off work which only a deployment needs: copying assets, and bundling of
 * `NodejsFunction`. https://docs.aws.amazon.com/cdk/v2/guide/featureflags.html
 */
const CONTEXT = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true };

/**
 * The properties of the CDK's classes that this file reads. The classes themselves aren't imported,
 * because the app may use another copy of the CDK.
 */
interface AnyConstruct extends IConstruct {
  readonly outdir?: unknown;
  readonly templateFile?: unknown;
  readonly cfnResourceType?: unknown;
}
interface StackLike extends IConstruct {
  readonly templateFile: string;
  readonly stackName: string;
  readonly region: string;
  readonly account: string;
  readonly nestedStackResource?: ResourceLike;
  resolve(value: unknown): unknown;
}
interface ResourceLike extends IConstruct {
  readonly stack: StackLike;
  readonly logicalId: string;
}

/**
 * Cache of synthesized apps. A module may make its app when it is loaded. Such a module returns the
 * same app each time, and an app can be synthesized only once.
 */
const synthesized = new WeakMap<IConstruct, SynthesizedApp>();

/**
 * Makes an app and synthesizes it into a temporary folder.
 * @param make makes the app and returns one of its constructs
 */
export async function synthesize(make: () => IConstruct | Promise<IConstruct>): Promise<SynthesizedApp> {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-test-'));
  const before = { ...process.env };
  const changes: Readonly<Record<string, string>> = {
    CDK_OUTDIR: folder,
    CDK_CONTEXT_JSON: JSON.stringify({ ...JSON.parse(process.env['CDK_CONTEXT_JSON'] || '{}'), ...CONTEXT }),
    CDK_VALIDATION: 'false',
  };
  Object.assign(process.env, changes);
  try {
    const { root } = (await make()).node;
    const known = synthesized.get(root);
    if (known !== undefined) return known;
    (root as IConstruct & { synth(): unknown }).synth();
    const app = read(root);
    synthesized.set(root, app);
    return app;
  } finally {
    for (const name of Object.keys(changes)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(root: IConstruct): SynthesizedApp {
  const all = root.node.findAll() as AnyConstruct[];
  const stacks = all.filter((construct) => typeof construct.templateFile === 'string') as unknown as StackLike[];
  const resources = all.filter(
    ({ cfnResourceType }) => typeof cfnResourceType === 'string',
  ) as unknown as ResourceLike[];
  return {
    stacks: stacks.map((stack) => {
      const { nestedStackResource: nested } = stack;
      return {
        path: stack.node.path,
        name: plain(stack, stack.stackName) ?? stack.node.path.replaceAll('/', '-'),
        region: plain(stack, stack.region) ?? REGION,
        account: plain(stack, stack.account) ?? ACCOUNT,
        template: JSON.parse(readFileSync(join(folderOf(stack), stack.templateFile), 'utf8')) as CfnTemplate,
        ...(nested === undefined ? {} : { parent: { path: nested.stack.node.path, logicalId: idOf(nested) } }),
      };
    }),
    resources: resources.map((resource) => ({
      path: resource.node.path,
      stack: resource.stack.node.path,
      logicalId: idOf(resource),
    })),
  };
}

/** Returns the output folder of the stack's stage. */
function folderOf(stack: IConstruct): string {
  const stages = (stack.node.scopes as AnyConstruct[]).filter(({ outdir }) => typeof outdir === 'string');
  return String(stages.at(-1)?.outdir);
}

function idOf(resource: ResourceLike): string {
  return String(resource.stack.resolve(resource.logicalId));
}

/** Returns a text, or undefined if its value is only known at deployment. */
function plain(stack: StackLike, value: string): string | undefined {
  const resolved = stack.resolve(value);
  return typeof resolved === 'string' ? resolved : undefined;
}
