import { randomUUID } from 'node:crypto';
import { Environment, type IdentityDeclaration } from '../../lib/protocol';
import type { MemoryAws } from '../aws/memory-aws';
import type { DeployedFunction } from '../template/deployed-app';
import { asFunction, type FunctionCall, loadAsFunction } from './function-environment';

/** Loads the module of a handler: `() => import('../handlers/orders')`. */
export type LoadHandler = () => unknown;

/** A line of the runtime's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** One call with its result. */
export interface Called<R> {
  readonly result: R;
  /** Lines that the runtime logged. */
  readonly logs: readonly LogLine[];
  /** Calls to AWS that no grant allows, as sentences. */
  readonly denied: readonly string[];
}

type AnyHandler = (event: unknown, context: unknown) => unknown;

/**
 * For each handler, the environment in which its module was loaded. Node.js loads a module only
 * once in a process.
 */
const loadedWith = new WeakMap<AnyHandler, string>();

/** A function of the app with its real handler. */
export class TestFunction {
  /**
   * Loads the handler with the function's variables. Throws an error with the function's path if
   * this fails.
   */
  static async load(
    declared: DeployedFunction,
    load: LoadHandler,
    aws: MemoryAws,
    variables: object,
  ): Promise<TestFunction> {
    const identity = declared.environment[Environment.IDENTITY];
    const own: Record<string, string> = {
      ...declared.environment,
      ...(identity === undefined
        ? {}
        : { [Environment.IDENTITY]: JSON.stringify(aws.issuer.declare(JSON.parse(identity) as IdentityDeclaration)) }),
      AWS_LAMBDA_FUNCTION_NAME: declared.name,
      AWS_REGION: declared.region,
      ...variables,
    };
    const call = { variables: own, onLog: () => undefined };
    const handler = handlerOf(declared, await loadModule(declared.path, () => loadAsFunction(call, load)));
    const settings = JSON.stringify(Object.entries(own).filter(([name]) => LOADED_VARIABLES.includes(name)));
    if ((loadedWith.get(handler) ?? settings) !== settings) {
      throw new Error(
        `the handler of ${declared.path} was loaded before with other routes or another identity: test it in another file, or reset the modules first (jest.resetModules(), vi.resetModules())`,
      );
    }
    loadedWith.set(handler, settings);
    return new TestFunction(declared, handler, own, aws);
  }

  private constructor(
    readonly declared: DeployedFunction,
    private readonly handler: AnyHandler,
    private readonly variables: Readonly<Record<string, string>>,
    private readonly aws: MemoryAws,
  ) {}

  /** Seconds for which a message may fail. 0 if the function isn't a worker with a quarantine. */
  get giveUpAfterSeconds(): number {
    return Number(this.variables[Environment.GIVE_UP_AFTER] ?? 0);
  }

  /** Calls the handler like Lambda does. */
  async call<R>(event: unknown): Promise<Called<R>> {
    const requestId = randomUUID();
    const hex = `${randomUUID()}${randomUUID()}`.replaceAll('-', '');
    const traceId = `Root=1-${hex.slice(0, 8)}-${hex.slice(8, 32)};Parent=${hex.slice(32, 48)};Sampled=0`;
    const logs: LogLine[] = [];
    const denied: string[] = [];
    const { path, statements, timeoutSeconds } = this.declared;
    const call: FunctionCall = {
      variables: { ...this.variables, _X_AMZN_TRACE_ID: traceId },
      onLog: (line) => logs.push(line),
    };
    const deadline = performance.now() + timeoutSeconds * 1000;
    const context = {
      awsRequestId: requestId,
      getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
    };
    this.aws.running.set(traceId, { functionPath: path, statements, denied });
    try {
      const result = (await asFunction(call, () => this.handler(event, context))) as R;
      return { result, logs, denied };
    } finally {
      this.aws.running.delete(traceId);
    }
  }
}

/** Variables that `routes()` reads when it is loaded. */
const LOADED_VARIABLES: readonly string[] = [Environment.ROUTES, Environment.IDENTITY];

async function loadModule(path: string, load: LoadHandler): Promise<unknown> {
  try {
    return await load();
  } catch (error) {
    throw new Error(`the handler of ${path} must load: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function handlerOf({ path, handlerName }: DeployedFunction, loaded: unknown): AnyHandler {
  // If an ES module imports a CommonJS module, the exports are in `default`.
  const module = (loaded ?? {}) as { readonly [name: string]: unknown; readonly default?: Record<string, unknown> };
  const handler = typeof loaded === 'function' ? loaded : (module[handlerName] ?? module.default?.[handlerName]);
  if (typeof handler === 'function') return handler as AnyHandler;
  throw new Error(`the handler of ${path} must be the export '${handlerName}' of its module, got ${typeof handler}`);
}
