import type { IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * What can be granted a right and be told the name that goes with it: a function, a micro-module, a worker.
 * A grant to one of these gives permission and environment together, so neither is forgotten.
 */
export interface IFunctionGrantee extends IGrantable {
  /**
   * Sets an environment variable of the function behind this.
   * @param name variable's name
   * @param value its value; all variables of a function together may take 4 KB
   */
  addEnvironment(name: string, value: string): void;
}
