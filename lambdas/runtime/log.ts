/** Fields of a log line. They must not contain tokens, bodies or headers. */
export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL';

/** Writes one log line. The message is a constant text, and values are in the fields. */
export type Log = (level: LogLevel, message: string, fields: LogFields) => void;

/** Levels of Lambda's log level filter, lowest first. */
const LEVELS: readonly string[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const DEFAULT_RANK = LEVELS.indexOf('INFO');

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
  'MapTooNew',
  'NotDone',
  'OutcomeUnknown',
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

/** Fields that each line begins with. Lambda's log level filter reads `timestamp` and `level`. */
export const HEAD_FIELDS: readonly string[] = ['timestamp', 'level', 'message'];

/**
 * Writes a line of JSON to standard output, unless its level is below the function's log level. It
 * doesn't use `console`, because Lambda would put the line into another JSON object.
 * @param fields none of `HEAD_FIELDS`
 */
export const jsonLog: Log = (level, message, fields) => {
  if (LEVELS.indexOf(level) < lowestRank()) return;
  const head = `{"timestamp":"${new Date().toISOString()}","level":"${level}","message":${JSON.stringify(message)}`;
  const rest = stringify(fields);
  process.stdout.write(rest === '{}' ? `${head}}\n` : `${head},${rest.slice(1)}\n`);
};

/** The level of a line that no log level of the function drops. It is `level` if that suffices. */
export function undroppedLevel(level: LogLevel = 'INFO'): LogLevel {
  return LEVELS[Math.max(LEVELS.indexOf(level), lowestRank())] as LogLevel;
}

/** Rank of the function's log level. The level is read once, because reading a variable is slow. */
let functionRank: number | undefined;

/** Rank of the lowest level that the function's settings let through. */
function lowestRank(): number {
  if (functionRank === undefined) {
    const rank = LEVELS.indexOf(process.env['AWS_LAMBDA_LOG_LEVEL']?.toUpperCase() ?? '');
    functionRank = rank < 0 ? DEFAULT_RANK : rank;
  }
  return functionRank;
}

/**
 * JSON can't represent a `bigint`, so a replacer converts it to text. A replacer is slow, so it is
 * used only if serialization fails without it. A line never fails, because its caller may have
 * stored something already.
 */
function stringify(fields: LogFields): string {
  try {
    return JSON.stringify(fields);
  } catch {
    // The second attempt follows.
  }
  try {
    return JSON.stringify(fields, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
  } catch {
    const simple = Object.entries(fields).filter(([, value]) => typeof value === 'string' || typeof value === 'number');
    return JSON.stringify({
      ...Object.fromEntries(simple),
      reason: 'some fields are left out: JSON has no form for them',
    });
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
