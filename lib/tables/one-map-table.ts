import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { IFunctionGrantee } from '../functions';
import { rootStack } from '../stacks';
import { invalid } from '../validation';

/**
 * For each function, the first table of which it got a grant. The key of this map is the function's
 * role.
 */
const firstTables = new WeakMap<IPrincipal, { readonly table: IConstruct; readonly maps: unknown }>();

/**
 * Throws if a function gets grants on tables of two map tables. Each top-level stack has its own
 * map table, and a function can find its tables only in one map table. A role without a function
 * may use tables of several stacks.
 * @param maps map table in which the table's shard map is
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
    `must use the tables of one stack, got ${nameOf(grantee)}, which also uses ${first.table.node.path} of stack '${firstStack.stackName}' (this table is in '${stack.stackName}'): a function finds its tables in the map table of one top-level stack; define both tables in one stack or in its nested stacks, or use one function for each table`,
  );
}

function nameOf(grantee: IGrantable): string {
  return (grantee as Partial<IConstruct>).node?.path ?? 'a function';
}
