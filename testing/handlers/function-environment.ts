import { AsyncLocalStorage } from 'node:async_hooks';

type Variables = Readonly<Record<string, string>>;

/** The environment variables and the log of one call of a function. */
export interface FunctionCall {
  readonly variables: Variables;
  /** Receives each line that the runtime logs. */
  readonly onLog: (line: Readonly<Record<string, unknown>>) => void;
}

/** Matches the start of a log line of the runtime. */
const RUNTIME_LINE = /^\{"timestamp":/;

const current = new AsyncLocalStorage<FunctionCall>();
/**
 * The function whose module is being loaded. It is a global variable, because `import()` may lose
 * the async context.
 */
let loading: FunctionCall | undefined;

/** Runs a call with the variables of its function in `process.env`. */
export function asFunction<R>(call: FunctionCall, run: () => R): R {
  return current.run(call, run);
}

/**
 * Loads a module with the variables of its function in `process.env`. Only one module is loaded at
 * a time.
 */
export async function loadAsFunction<R>(call: FunctionCall, load: () => R | Promise<R>): Promise<R> {
  if (loading !== undefined) throw new Error('testModule and testWorker must be awaited one after the other');
  loading = call;
  try {
    return await asFunction(call, load);
  } finally {
    loading = undefined;
  }
}

/**
 * Makes `process.env` return each function's own variables. This is necessary, because several
 * functions run in one process, unlike on AWS. The function also removes the runtime's log lines
 * from the standard output.
 * @param shared variables of all functions, such as the address of AWS; a variable with the value
 * undefined is hidden
 * @returns a function that restores `process.env` and the standard output
 */
export function installEnvironment(shared: Readonly<Record<string, string | undefined>>): () => void {
  const { env } = process;
  /** All variables with their current values. */
  const seen = (): NodeJS.ProcessEnv => {
    const all: NodeJS.ProcessEnv = { ...env, ...shared, ...(current.getStore() ?? loading)?.variables };
    for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
    return all;
  };
  process.env = new Proxy(env, {
    get: (_, name) => {
      const own = (current.getStore() ?? loading)?.variables;
      for (const variables of [own, shared]) {
        if (variables !== undefined && Object.hasOwn(variables, name)) return variables[String(name)];
      }
      return Reflect.get(env, name);
    },
    has: (_, name) => Object.hasOwn(seen(), name),
    set: (_, name, value) => Reflect.set(env, name, value),
    deleteProperty: (_, name) => Reflect.deleteProperty(env, name),
    ownKeys: () => Reflect.ownKeys(seen()),
    getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(seen(), name),
  });
  const restoreOutput = takeLogLines();
  return () => {
    process.env = env;
    restoreOutput();
  };
}

function takeLogLines(): () => void {
  const { stdout } = process;
  const write = stdout.write;
  const taking = ((chunk: unknown, ...rest: unknown[]) => {
    const call = current.getStore();
    if (call === undefined || typeof chunk !== 'string' || !RUNTIME_LINE.test(chunk)) {
      return (write as (...args: unknown[]) => boolean).call(stdout, chunk, ...rest);
    }
    call.onLog(JSON.parse(chunk) as Record<string, unknown>);
    return true;
  }) as typeof write;
  stdout.write = taking;
  return () => {
    if (stdout.write === taking) stdout.write = write;
  };
}
