import { Stack } from 'aws-cdk-lib';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { IFunctionGrantee } from '../functions';
import { invalid } from '../validation';

/** The first table that each function was granted, by the function's role. */
const firstTables = new WeakMap<IPrincipal, IConstruct>();

/**
 * Fails if a function gets tables of two stacks. Each stack has a map table of its own, and a
 * function finds all its tables in one. A bare role may use tables of several stacks.
 */
export function requireOneMapTable(table: IConstruct, grantee: IGrantable): void {
  if (typeof (grantee as Partial<IFunctionGrantee>).addEnvironment !== 'function') return;
  const first = firstTables.get(grantee.grantPrincipal);
  if (first === undefined) {
    firstTables.set(grantee.grantPrincipal, table);
    return;
  }
  const [firstStack, stack] = [Stack.of(first), Stack.of(table)];
  if (firstStack === stack) return;
  throw invalid(
    table,
    'grantee',
    `must use the tables of one stack, got ${nameOf(grantee)}, which uses ${first.node.path} of stack '${firstStack.stackName}' too (this table is in '${stack.stackName}'): a function finds its tables in the map table of one stack; define both tables in one stack, or use a function for each`,
  );
}

function nameOf(grantee: IGrantable): string {
  return (grantee as Partial<IConstruct>).node?.path ?? 'a function';
}
