/**
 * One line of the log: an event's name and what belongs to it. Never a token, a body or a header.
 */
export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = 'INFO' | 'WARN' | 'ERROR';

/** Where log lines go. */
export type Log = (level: LogLevel, event: string, fields: LogFields) => void;

const MAX_REASON = 500;
const MAX_FRAMES = 5;

/**
 * Errors whose messages hold no values of requests, keys or persons: this library's own, and those
 * by which JavaScript reports a
 * mistake in the code. Messages of other errors may quote anything, so the log has only their name
 * and code.
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
  'RangeError',
  'ReferenceError',
  'StaleCursor',
  'TableNotMapped',
  'TableOverloaded',
  'TokenError',
  'TransactionRefused',
  'TypeError',
  'Unprocessed',
  'UsageError',
]);

/**
 * Writes a line of JSON to standard output, past `console`, which would wrap it once more.
 * Lambda's log level filter reads `timestamp` and `level`.
 */
export const jsonLog: Log = (level, event, fields) => {
  process.stdout.write(`${stringify({ timestamp: new Date().toISOString(), level, event, ...fields })}\n`);
};

/** JSON has no `bigint`, and a replacer for each value would slow every line. */
function stringify(line: LogFields): string {
  try {
    return JSON.stringify(line);
  } catch {
    return JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
  }
}

/**
 * An error as log fields: name, code, place in the code, and cause. The message only where it holds
 * no values.
 */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { reason: `a thrown ${typeof error}` };
  return {
    reason: reasonOf(error),
    errorCode: codeOf(error),
    stack: error.stack
      ?.split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('at '))
      .slice(0, MAX_FRAMES),
    cause: error.cause instanceof Error ? reasonOf(error.cause) : undefined,
  };
}

function reasonOf(error: Error): string {
  const reason = WITHOUT_VALUES.has(error.name) ? `${error.name}: ${error.message}` : error.name;
  return reason.slice(0, MAX_REASON);
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code.slice(0, MAX_REASON) : undefined;
}
