/** Fields of a log line. They must not contain tokens, bodies or headers. */
export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = 'INFO' | 'WARN' | 'ERROR';

/** Writes one log line with the name of an event and its fields. */
export type Log = (level: LogLevel, event: string, fields: LogFields) => void;

const MAX_REASON = 500;
const MAX_FRAMES = 5;

/**
 * Names of errors whose messages contain no values of requests, keys or persons: errors of this
 * library, and `ReferenceError`, which only names variables. Messages of other errors may contain
 * such values, so only the name and the code of these errors are logged.
 */
const WITHOUT_VALUES: ReadonlySet<string> = new Set([
  'ConditionFailed',
  'DocumentError',
  'DocumentStoreNotGranted',
  'InvalidCursor',
  'InvalidDocumentKey',
  'IssuerUnavailable',
  'ItemTooLarge',
  'KeyTooLong',
  'NotDone',
  'PermanentFailure',
  'ReferenceError',
  'StaleCursor',
  'TableNotMapped',
  'TableOverloaded',
  'TokenError',
  'TransactionRefused',
  'TryLater',
  'Unprocessed',
  'UsageError',
]);

/**
 * First parts of messages of `TypeError` and `RangeError` that are logged. The rest of the message
 * isn't logged. Other messages of these errors may contain values: `Failed to parse URL from ...`,
 * `... is an invalid header value`.
 */
const START_WITHOUT_VALUES =
  /^(?:Cannot (?:read|set) properties of (?:undefined|null)|fetch failed$|Invalid array length|Invalid time value|Maximum call stack size exceeded)/;

/**
 * Matches a line of a stack trace with a position in the code. The position is required, because a
 * line of the error's message may also start with `at`.
 */
const FRAME = /^at .*:\d+:\d+\)?$/;

/**
 * Writes a line of JSON to standard output. It doesn't use `console`, because Lambda would put the
 * line into another JSON object. Lambda's log level filter reads `timestamp` and `level`.
 */
export const jsonLog: Log = (level, event, fields) => {
  process.stdout.write(`${stringify({ timestamp: new Date().toISOString(), level, event, ...fields })}\n`);
};

/**
 * JSON can't represent a `bigint`, so a replacer converts it to text. A replacer is slow, so it is
 * used only if serialization fails without it.
 */
function stringify(line: LogFields): string {
  try {
    return JSON.stringify(line);
  } catch {
    return JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
  }
}

/**
 * Fields of an error for the log: name, code, position in the code, and cause. The message is
 * included only if it contains no values.
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
