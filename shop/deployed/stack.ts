import { DescribeStacksCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { LocalError } from '../../local/local-error';
import type { LocalResource } from '../../local/running-app';
import type { Clients } from './clients';

/** A deployed stack. */
export interface DescribedStack {
  readonly outputs: Readonly<Record<string, string>>;
  /** Resources, including those of nested stacks. */
  readonly resources: readonly LocalResource[];
}

/** Outputs of bin/app.ts that a replay needs. */
const NEEDED_OUTPUTS = ['UserPoolId', 'PointOfSaleClientId'];
const READY = /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/;

/**
 * Reads a deployed stack.
 * @throws LocalError if the stack doesn't exist, isn't deployed completely, or isn't the shop
 */
export async function describeStack({ cloudFormation }: Clients, name: string): Promise<DescribedStack> {
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
  const [stack] = Stacks;
  if (stack === undefined || !READY.test(stack.StackStatus ?? ''))
    throw new LocalError(`stack '${name}' must be deployed completely, got ${stack?.StackStatus ?? 'none'}`);
  const outputs = Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']),
  );
  const missing = NEEDED_OUTPUTS.filter((output) => outputs[output] === undefined);
  if (missing.length > 0)
    throw new LocalError(`stack '${name}' must be the shop of bin/app.ts, but it has no output ${missing.join(', ')}`);
  return { outputs, resources: await resourcesOf(cloudFormation, name) };
}

async function resourcesOf(client: Clients['cloudFormation'], stackName: string): Promise<LocalResource[]> {
  const found: LocalResource[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
    for (const { LogicalResourceId, PhysicalResourceId, ResourceType } of page.StackResourceSummaries ?? []) {
      const [logicalId = '', physicalId = '', type = ''] = [LogicalResourceId, PhysicalResourceId, ResourceType];
      found.push({ logicalId, physicalId, type });
    }
  }
  const nested = found.filter(({ type }) => type === 'AWS::CloudFormation::Stack');
  const inner = await Promise.all(nested.map(({ physicalId }) => resourcesOf(client, physicalId)));
  return [...found, ...inner.flat()];
}
