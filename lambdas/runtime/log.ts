/**
 * Writes one log line with the name of an event and its fields. Never pass a token, a body or a
 * header.
 */
export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = 'INFO' | 'WARN' | 'ERROR';

/** Where log lines go. */
export type Log = (level: LogLevel, event: string, fields: LogFields) => void;

const MAX_REASON = 500;
const MAX_FRAMES = 5;

/**
 * Errors whose messages hold no values of requests, keys or persons: this library's own, and
 * `ReferenceError`, which names variables only. Messages of other errors may quote anything, so the
 * log has only their name and code.
 */
const WITHOUT_VALUES: ReadonlySet<string> = new Set([
  'ConditionFailed',
  'DocumentError',
  'DocumentStoreNotGranted',
  'InvalidCursor',
  'InvalidDocumentKey',
  'ItemTooLarge',
  'KeyTooLong',
  'PermanentFailure',
  'ReferenceError',
  'StaleCursor',
  'TableNotMapped',
  'TableOverloaded',
  'TokenError',
  'TransactionRefused',
  'Unprocessed',
  'UsageError',
]);

/**
 * Starts of messages of `TypeError` and `RangeError` that are logged, without what follows them.
 * Node.js and handlers put values into other messages of these errors: `Failed to parse URL from
 * ...`, `... is an invalid header value`.
 */
const START_WITHOUT_VALUES =
  /^(?:Cannot (?:read|set) properties of (?:undefined|null)|fetch failed$|Invalid array length|Invalid time value|Maximum call stack size exceeded)/;

/**
 * Matches a line of a stack that has a place in the code. Lines of a message with several lines may
 * start in the same way.
 */
const FRAME = /^at .*:\d+:\d+\)?$/;

/**
 * Writes a line of JSON to standard output. It doesn't use `console`, because Lambda would wrap the
 * line in JSON again. Lambda's log level filter reads `timestamp` and `level`.
 */
export const jsonLog: Log = (level, event, fields) => {
  process.stdout.write(`${stringify({ timestamp: new Date().toISOString(), level, event, ...fields })}\n`);
};

/**
 * Serializes with a replacer only if needed, because JSON has no `bigint` and a replacer would slow
 * every line.
 */
function stringify(line: LogFields): string {
  try {
    return JSON.stringify(line);
  } catch {
    return JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
  }
}

/**
 * An error as log fields: name, code, place in the code, and cause. The message is included only if
 * it holds no values.
 */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { reason: `a thrown ${typeof error}` };
  return {
    reason: reasonOf(error),
    errorCode: codeOf(error),
    stack: error.stack
      ?.split('\n')
      .map((line) => line.trim())
      .filter((line) => FRAME.test(line))
      .slice(0, MAX_FRAMES),
    cause: error.cause instanceof Error ? reasonOf(error.cause) : undefined,
  };
}

function reasonOf(error: Error): string {
  const { name, message } = error;
  const known = WITHOUT_VALUES.has(name) ? message : startWithoutValues(error);
  return (known === undefined ? name : `${name}: ${known}`).slice(0, MAX_REASON);
}

function startWithoutValues({ name, message }: Error): string | undefined {
  return name === 'TypeError' || name === 'RangeError' ? START_WITHOUT_VALUES.exec(message)?.[0] : undefined;
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code.slice(0, MAX_REASON) : undefined;
}
