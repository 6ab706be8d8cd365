import type { IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * A function, micro-module or worker that can receive grants. A grant adds the permission and sets
 * the environment variable together.
 */
export interface IFunctionGrantee extends IGrantable {
  /**
   * Sets an environment variable of the function.
   * @param name name of the variable
   * @param value value; all variables of a function together may have 4 KB
   */
  addEnvironment(name: string, value: string): void;
}
