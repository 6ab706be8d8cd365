import type { CloudApi } from '../../testing';
import { items, text } from '../../testing/xml';
import { type AssemblyStack, pathOf, type TemplateTree } from '../assembly';
import type { LocalResource } from '../running-app';

const API_VERSION = '2010-05-15';

/** Outputs and resources of a deployed stack. */
export interface DeployedStack {
  readonly outputs: Record<string, string>;
  /** Outputs of the nested stacks. */
  readonly nestedOutputs: Record<string, string>;
  /** Resources of the stack and of its nested stacks. */
  readonly resources: readonly LocalResource[];
}

/** Reads outputs and resources of a stack and of its nested stacks. */
export async function describeStack(
  api: CloudApi,
  stack: Pick<AssemblyStack, 'name' | keyof TemplateTree>,
): Promise<DeployedStack> {
  const found = await read(api, stack.name, stack);
  const nested = found.nested.flatMap(({ outputs, nestedOutputs }) => [outputs, nestedOutputs]);
  return { outputs: found.outputs, nestedOutputs: Object.assign({}, ...nested), resources: found.resources };
}

interface FoundStack extends DeployedStack {
  readonly nested: readonly DeployedStack[];
}

async function read(api: CloudApi, stackName: string, tree: TemplateTree | undefined): Promise<FoundStack> {
  const answer = await api.query('cloudformation', API_VERSION, 'DescribeStacks', { StackName: stackName });
  const [described] = items(answer, 'DescribeStacksResult', 'Stacks');
  const outputs = items(described, 'Outputs').map((node) => [text(node, 'OutputKey'), text(node, 'OutputValue')]);
  const own = await resourcesOf(api, stackName, tree);
  const inside = own.filter(({ type, physicalId }) => type === 'AWS::CloudFormation::Stack' && physicalId !== '');
  const nested = await Promise.all(
    inside.map(({ physicalId, logicalId }) => read(api, physicalId, tree?.nested.get(logicalId))),
  );
  return {
    outputs: Object.fromEntries(outputs),
    nestedOutputs: Object.assign({}, ...nested.flatMap((one) => [one.nestedOutputs, one.outputs])),
    resources: [...own, ...nested.flatMap(({ resources }) => resources)],
    nested,
  };
}

async function resourcesOf(api: CloudApi, stackName: string, tree: TemplateTree | undefined): Promise<LocalResource[]> {
  const found: LocalResource[] = [];
  let token: string | undefined;
  do {
    const input: Record<string, string> = { StackName: stackName };
    if (token) input['NextToken'] = token;
    const answer = await api.query('cloudformation', API_VERSION, 'ListStackResources', input);
    for (const node of items(answer, 'ListStackResourcesResult', 'StackResourceSummaries')) {
      const logicalId = text(node, 'LogicalResourceId');
      const resource = tree?.template.Resources[logicalId];
      found.push({
        logicalId,
        physicalId: text(node, 'PhysicalResourceId'),
        type: text(node, 'ResourceType'),
        path: resource === undefined ? undefined : pathOf(logicalId, resource),
      });
    }
    token = text(answer, 'ListStackResourcesResult', 'NextToken') || undefined;
  } while (token !== undefined);
  return found;
}
