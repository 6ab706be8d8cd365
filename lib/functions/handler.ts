import type { Code } from 'aws-cdk-lib/aws-lambda';
import { BreakwaterError } from '../validation';

/** `module.export`, the module possibly in folders: what Lambda calls a function's handler. */
const ENTRYPOINT = /^[A-Za-z0-9_][A-Za-z0-9_./-]*\.[A-Za-z_$][A-Za-z0-9_$]*$/;

/**
 * Code that answers events, and where in it to begin. It runs on Node.js 24, arm64.
 *
 * A folder of TypeScript files becomes handlers by `HandlerBundle`; any other code by `fromCode`.
 */
export class Handler {
  /**
   * A handler from code that is built already.
   *
   * @example
   * Handler.fromCode(lambda.Code.fromAsset('dist/search'), 'index.handler');
   *
   * @param code what is put into the function
   * @param entrypoint module and export that Lambda calls, such as `index.handler`
   * @throws BreakwaterError if the entrypoint is not of that form
   */
  public static fromCode(code: Code, entrypoint: string): Handler {
    if (!ENTRYPOINT.test(entrypoint)) {
      throw new BreakwaterError(
        `Handler.fromCode: entrypoint must be '<module>.<export>' such as 'index.handler', got '${entrypoint}'`,
      );
    }
    return new Handler(code, entrypoint);
  }

  private constructor(
    /** What is put into the function. */
    public readonly code: Code,
    /** Module and export that Lambda calls. */
    public readonly entrypoint: string,
  ) {}
}
