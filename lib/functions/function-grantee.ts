import type { IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * A function, micro-module or worker that can receive grants. Each grant adds the permission and
 * also sets the environment variable that the code needs.
 */
export interface IFunctionGrantee extends IGrantable {
  /**
   * Sets an environment variable of the function.
   * @param name name of the variable
   * @param value value of the variable; all variables of a function together must not exceed 4 KB
   */
  addEnvironment(name: string, value: string): void;
}
