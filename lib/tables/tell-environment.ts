import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunctionGrantee } from '../functions';

/** Sets an environment variable of a grantee that has an environment; a bare role or user is told by its owner. */
export function tellEnvironment(grantee: IGrantable, name: string, value: string): void {
  const { addEnvironment } = grantee as Partial<IFunctionGrantee>;
  if (typeof addEnvironment === 'function') addEnvironment.call(grantee, name, value);
}
