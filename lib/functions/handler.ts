import { Code, Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import { BreakwaterError, requireKnownProps, shown } from '../validation';

/**
 * `module.export` or `folder/module.export`: the form of Lambda's handler setting for Node.js and
 * Python.
 */
const ENTRYPOINT = /^[A-Za-z0-9_][A-Za-z0-9_./-]*\.[A-Za-z_$][A-Za-z0-9_$]*$/;
/**
 * The form for other runtimes. Examples are Java's `package.Class::method`, .NET's
 * `Assembly::Type::Method`, and `bootstrap` for custom runtimes:
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
 */
const ANY_ENTRYPOINT = /^[^\s]{1,128}$/;
const SCRIPTS: readonly (RuntimeFamily | undefined)[] = [
  RuntimeFamily.NODEJS,
  RuntimeFamily.PYTHON,
  RuntimeFamily.RUBY,
];

/** Options of `Handler.fromCode`. */
export interface HandlerOptions {
  /**
   * Runtime that the code needs. It must exist for arm64.
   *
   * `cdk-breakwater/runtime` exists for Node.js only. Code in other languages must read tables,
   * verify tokens and answer requests itself.
   * @default Runtime.NODEJS_24_X
   */
  readonly runtime?: Runtime;

  /**
   * Whether the code verifies the tokens of its callers. The edge can't check a token's signature.
   * So if a route of a `MicroModule` is for persons or services, the module's code must verify
   * tokens. It can use `routes()` of `cdk-breakwater/runtime`. Otherwise it must verify them for
   * the issuer in the environment variable `BREAKWATER_IDENTITY`.
   * @default false
   */
  readonly verifiesTokens?: boolean;
}

/**
 * Code of a Lambda function, and the entry point that Lambda calls.
 *
 * `HandlerBundle` makes handlers from a folder of TypeScript files. `fromCode` accepts all other
 * code.
 */
export class Handler {
  /**
   * Makes a handler from code that needs no bundling.
   *
   * @example
   * Handler.fromCode(lambda.Code.fromAsset('dist/search'), 'index.handler');
   *
   * @param code code of the function
   * @param entrypoint module and export that Lambda calls, such as `index.handler`
   * @throws BreakwaterError if an argument has a wrong type, or if the entrypoint doesn't have the
   * form that the runtime needs
   */
  public static fromCode(code: Code, entrypoint: string, options: HandlerOptions = {}): Handler {
    requireKnownProps('Handler.fromCode', options, ['runtime', 'verifiesTokens']);
    const { runtime = Runtime.NODEJS_24_X, verifiesTokens = false } = options;
    for (const [argument, isRight, right] of [
      ['code', code instanceof Code, 'a Code: use Code.fromAsset()'],
      ['runtime', runtime instanceof Runtime, 'a Runtime: use Runtime.PYTHON_3_13 or another constant'],
      ['verifiesTokens', typeof verifiesTokens === 'boolean', 'true or false'],
    ] as const) {
      if (!isRight)
        throw new BreakwaterError(
          `Handler.fromCode: ${argument} must be ${right}, got ${shown({ code, runtime, verifiesTokens }[argument])}`,
        );
    }
    const ofScripts = SCRIPTS.includes(runtime.family);
    if (typeof entrypoint !== 'string' || !(ofScripts ? ENTRYPOINT : ANY_ENTRYPOINT).test(entrypoint)) {
      const form = ofScripts ? `'<module>.<export>' such as 'index.handler'` : '1 to 128 characters without spaces';
      throw new BreakwaterError(
        `Handler.fromCode: entrypoint must be ${form} for ${runtime.name}, got ${JSON.stringify(entrypoint)}`,
      );
    }
    return new Handler(code, entrypoint, runtime, verifiesTokens);
  }

  private constructor(
    /** Code of the function. */
    public readonly code: Code,
    /** Module and export that Lambda calls. */
    public readonly entrypoint: string,
    /** Runtime of the function. */
    public readonly runtime: Runtime,
    /** Whether the code verifies the tokens of its callers. */
    public readonly verifiesTokens: boolean,
  ) {}
}
