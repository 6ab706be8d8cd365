import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { IFunctionGrantee } from '../functions';
import { rootStack } from '../stacks';
import { invalid } from '../validation';

/** The first table that was granted to each function. The key is the function's role. */
const firstTables = new WeakMap<IPrincipal, { readonly table: IConstruct; readonly maps: unknown }>();

/**
 * Fails if a function gets tables of two map tables. Each top-level stack has a map table of its
 * own, and a function finds all its tables in one. A bare role may use tables of several stacks.
 * @param maps map table of the table
 */
export function requireOneMapTable(table: IConstruct, maps: unknown, grantee: IGrantable): void {
  if (typeof (grantee as Partial<IFunctionGrantee>).addEnvironment !== 'function') return;
  const first = firstTables.get(grantee.grantPrincipal);
  if (first === undefined) {
    firstTables.set(grantee.grantPrincipal, { table, maps });
    return;
  }
  if (first.maps === maps) return;
  const [firstStack, stack] = [rootStack(first.table), rootStack(table)];
  throw invalid(
    table,
    'grantee',
    `must use the tables of one stack, got ${nameOf(grantee)}, which uses ${first.table.node.path} of stack '${firstStack.stackName}' too (this table is in '${stack.stackName}'): a function finds its tables in the map table of one top-level stack; define both tables in one stack or in nested stacks of one, or use a function for each`,
  );
}

function nameOf(grantee: IGrantable): string {
  return (grantee as Partial<IConstruct>).node?.path ?? 'a function';
}
