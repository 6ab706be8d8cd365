import { Lazy, Stack } from 'aws-cdk-lib';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import type { IFunctionGrantee } from '../functions';
import { Environment } from '../protocol';
import { invalid } from '../validation';

/**
 * Buckets that functions may use, by store name. The key is the function's role, because a module
 * and its function share one role.
 */
const known = new WeakMap<IPrincipal, { readonly buckets: Map<string, IBucket>; readonly text: string }>();

/**
 * Adds a store to the environment of a grantee. `documents(name)` reads it from there. A role or
 * user without a function has no environment.
 * @throws BreakwaterError if the grantee has another store of that name
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
      `must be unique in each function, got '${name}', which is ${other.node.path} too`,
    );
  }
  entry.buckets.set(name, bucket);
  addEnvironment.call(grantee, Environment.DOCUMENTS, entry.text);
}

/**
 * JSON of the buckets' names. It is sorted, because another order of grants would otherwise make a
 * new version of the function.
 */
function textOf(scope: IConstruct, buckets: ReadonlyMap<string, IBucket>): string {
  const sorted = [...buckets].sort(([a], [b]) => (a < b ? -1 : 1));
  return Stack.of(scope).toJsonString(Object.fromEntries(sorted.map(([name, { bucketName }]) => [name, bucketName])));
}
