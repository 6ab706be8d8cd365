import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunctionGrantee } from './function-grantee';

/**
 * Sets an environment variable of a grantee, if it is a function. Roles and users have no
 * environment.
 */
export function setEnvironment(grantee: IGrantable, name: string, value: string): void {
  const { addEnvironment } = grantee as Partial<IFunctionGrantee>;
  if (typeof addEnvironment === 'function') addEnvironment.call(grantee, name, value);
}
