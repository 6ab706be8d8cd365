import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { CloudApi } from '../../testing';
import { items, text } from '../../testing/xml';
import { pathOf, type Template, type Value } from '../assembly';
import { LocalError } from '../local-error';
import type { LocalResource } from '../running-app';

const API_VERSION = '2010-05-15';
const DISTRIBUTION = 'AWS::CloudFront::Distribution';

/** A stack of an assembly. */
export interface AssemblyStack {
  readonly name: string;
  readonly template: Template;
}

/** Reads the stacks of an assembly, in the order of its manifest. */
export function stacksOf(assembly: string): AssemblyStack[] {
  const read = (file: string): unknown => JSON.parse(readFileSync(path.join(assembly, file), 'utf8'));
  const manifest = read('manifest.json') as {
    artifacts?: Record<string, { type: string; properties?: { templateFile?: string; stackName?: string } }>;
  };
  return Object.entries(manifest.artifacts ?? {})
    .filter(([, { type }]) => type === 'aws:cloudformation:stack')
    .map(([id, { properties }]) => ({
      name: properties?.stackName ?? id,
      template: read(properties?.templateFile ?? `${id}.template.json`) as Template,
    }));
}

/**
 * Finds the stack with a distribution.
 * @throws LocalError if there is none or more than one
 */
export function edgeStackOf<S extends AssemblyStack>(stacks: readonly S[]): S {
  const found = stacks.filter(({ template }) =>
    Object.values(template.Resources ?? {}).some(({ Type: type }) => type === DISTRIBUTION),
  );
  const [stack, ...others] = found;
  if (stack === undefined || others.length > 0) {
    const names = found.map(({ name }) => name).join(', ') || 'none';
    throw new LocalError(`the app must have one stack with a distribution, got ${names}`);
  }
  return stack;
}

/** Outputs and resources of a deployed stack. */
export interface DeployedStack {
  readonly outputs: Record<string, string>;
  readonly resources: readonly LocalResource[];
}

/** Reads outputs and resources of a stack and of the stacks nested in it. */
export async function describeStack(api: CloudApi, stack: AssemblyStack): Promise<DeployedStack> {
  const answer = await api.query('cloudformation', API_VERSION, 'DescribeStacks', { StackName: stack.name });
  const [described] = items(answer, 'DescribeStacksResult', 'Stacks');
  const outputs = items(described, 'Outputs').map((node) => [text(node, 'OutputKey'), text(node, 'OutputValue')]);
  return { outputs: Object.fromEntries(outputs), resources: await resourcesOf(api, stack.name, stack.template) };
}

async function resourcesOf(api: CloudApi, stackName: string, template: Template | undefined): Promise<LocalResource[]> {
  const found: LocalResource[] = [];
  let token: string | undefined;
  do {
    const input: Record<string, string> = { StackName: stackName };
    if (token) input['NextToken'] = token;
    const answer = await api.query('cloudformation', API_VERSION, 'ListStackResources', input);
    for (const node of items(answer, 'ListStackResourcesResult', 'StackResourceSummaries')) {
      const logicalId = text(node, 'LogicalResourceId');
      const resource = template?.Resources[logicalId];
      found.push({
        logicalId,
        physicalId: text(node, 'PhysicalResourceId'),
        type: text(node, 'ResourceType'),
        path: resource === undefined ? undefined : pathOf(logicalId, resource),
      });
    }
    token = text(answer, 'ListStackResourcesResult', 'NextToken') || undefined;
  } while (token !== undefined);
  const nested = found.filter(({ type }) => type === 'AWS::CloudFormation::Stack');
  const inner = await Promise.all(nested.map(({ physicalId }) => resourcesOf(api, physicalId, undefined)));
  return [...found, ...inner.flat()];
}

/** Properties of the first web ACL of an assembly, as its template has them. */
export function webAclPropertiesOf(stacks: readonly AssemblyStack[]): Readonly<Record<string, Value>> {
  const all = stacks.flatMap(({ template }) => Object.values(template.Resources ?? {}));
  return all.find(({ Type: type }) => type === 'AWS::WAFv2::WebACL')?.Properties ?? {};
}
