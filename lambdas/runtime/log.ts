/** One line of the log: an event's name and what belongs to it. Never a token, a body or a header. */
export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = 'INFO' | 'WARN' | 'ERROR';

/** Where log lines go. */
export type Log = (level: LogLevel, event: string, fields: LogFields) => void;

const MAX_REASON = 500;

/**
 * Writes a line of JSON to standard output, past `console`, which would wrap it once more.
 * `timestamp` and `level` are what Lambda's log level filter looks for.
 */
export const jsonLog: Log = (level, event, fields) => {
  process.stdout.write(
    `${JSON.stringify({ timestamp: new Date().toISOString(), level, event, ...fields }, (_, value) =>
      typeof value === 'bigint' ? value.toString() : value,
    )}\n`,
  );
};

/** An error as log fields: names and places, shortened. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { reason: String(error).slice(0, MAX_REASON) };
  return {
    reason: `${error.name}: ${error.message}`.slice(0, MAX_REASON),
    stack: error.stack
      ?.split('\n')
      .slice(1, 6)
      .map((line) => line.trim()),
    ...(error.cause === undefined ? {} : { cause: describeCause(error.cause) }),
  };
}

function describeCause(cause: unknown): string {
  return (cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)).slice(0, MAX_REASON);
}
