import { CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { CLOUDFORMATION } from '../limits';
import { invalid } from '../validation';

/** The CDK's context key for another limit; 0 means no limit. */
const LIMIT_CONTEXT = '@aws-cdk/core:stackResourceLimit';

const watched = new WeakSet<Stack>();

/**
 * Fails synth if the stack of a function has more resources than CloudFormation allows. The CDK has
 * the same check, but it runs later, and its error doesn't say how to fix the problem.
 */
export function watchStackSize(scope: IConstruct): void {
  const stack = Stack.of(scope);
  if (watched.has(stack)) return;
  watched.add(stack);
  stack.node.addValidation({ validate: () => sizeErrors(stack) });
}

function sizeErrors(stack: Stack): string[] {
  const context: unknown = stack.node.tryGetContext(LIMIT_CONTEXT);
  const limit = context === undefined ? CLOUDFORMATION.MAX_RESOURCES : Number(context);
  const count = stack.node
    .findAll()
    .filter((construct) => CfnResource.isCfnResource(construct) && Stack.of(construct) === stack).length;
  if (limit === 0 || count <= limit) return [];
  const problem = `must have at most ${limit} resources (CloudFormation's quota), got ${count}: a module with its part of an edge needs about 10, a worker 10, each shard of a publishing table 2. Make some modules in nested stacks: new MicroModule(nestedStack, ...), then edge.addModule(module); see docs/stacks.md`;
  return [invalid(stack, 'stack', problem).message];
}
