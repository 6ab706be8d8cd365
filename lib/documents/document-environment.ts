import { Lazy, Stack } from 'aws-cdk-lib';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import type { IFunctionGrantee } from '../functions';
import { Environment } from '../protocol';
import { invalid } from '../validation';

/**
 * The stores that each function may use: the buckets by store name, and their JSON. The key of the
 * map is the function's role, because a module and its function share one role.
 */
const known = new WeakMap<IPrincipal, { readonly buckets: Map<string, IBucket>; readonly text: string }>();

/**
 * Adds a store to the environment variable that `documents(name)` reads at run time. Does nothing
 * if the grantee is a role or a user, because only functions have an environment.
 * @throws BreakwaterError if the grantee already has another store with that name
 */
export function setDocumentEnvironment(store: IConstruct, name: string, bucket: IBucket, grantee: IGrantable): void {
  const { addEnvironment } = grantee as Partial<IFunctionGrantee>;
  if (typeof addEnvironment !== 'function') return;
  let entry = known.get(grantee.grantPrincipal);
  if (entry === undefined) {
    const buckets = new Map<string, IBucket>();
    const text = Lazy.string({ produce: () => textOf(store, buckets) });
    entry = { buckets, text };
    known.set(grantee.grantPrincipal, entry);
  }
  const other = entry.buckets.get(name);
  if (other !== undefined && other !== bucket) {
    throw invalid(
      store,
      'storeName',
      `must be unique in each function, got '${name}', which is also the name of ${other.node.path}`,
    );
  }
  entry.buckets.set(name, bucket);
  addEnvironment.call(grantee, Environment.DOCUMENTS, entry.text);
}

/**
 * The JSON of the buckets' names. The names are sorted. Otherwise, grants in another order would
 * change the environment, and Lambda would publish a new version.
 */
function textOf(scope: IConstruct, buckets: ReadonlyMap<string, IBucket>): string {
  const sorted = [...buckets].sort(([a], [b]) => (a < b ? -1 : 1));
  return Stack.of(scope).toJsonString(Object.fromEntries(sorted.map(([name, { bucketName }]) => [name, bucketName])));
}
