import type { IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * A function, micro-module or worker that grants give rights to. A grant sets permission and
 * environment together, so neither is forgotten.
 */
export interface IFunctionGrantee extends IGrantable {
  /**
   * Sets an environment variable of the function.
   * @param name name of the variable
   * @param value value; all variables of a function together may have 4 KB
   */
  addEnvironment(name: string, value: string): void;
}
