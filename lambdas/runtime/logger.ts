import { currentInvocation, outsideFields } from './invocation';
import { errorFields, HEAD_FIELDS, jsonLog, type LogFields, type LogLevel } from './log';

/** Writes log lines. A line is one JSON object on standard output. */
export interface Logger {
  /** Only written if the function's log level is `DEBUG` or `TRACE`. */
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** For an exception, pass it as the field `error`. */
  error(message: string, fields?: LogFields): void;
}

/**
 * Logger of a function. Each line has the fields of the current invocation, with the names of
 * Powertools for AWS Lambda: `timestamp`, `level`, `message`, `service`, `cold_start`,
 * `function_request_id`, `xray_trace_id` and `correlation_id`. Other fields can't replace them. In
 * a worker, a line also has the `messageId`.
 *
 * Use a constant text as the message. Log ids of orders, not data of persons: the logger writes the
 * fields as they are. Of an `error`, it writes name, code and position, and the message only if the
 * message can't contain personal data.
 *
 * The function's log level (`AWS_LAMBDA_LOG_LEVEL`) decides which lines are written.
 * @default INFO
 *
 * @example
 * logger.info('order placed', { orderId, lines: basket.lines.length });
 */
export const logger: Logger = {
  debug: (message, fields) => write('DEBUG', message, fields),
  info: (message, fields) => write('INFO', message, fields),
  warn: (message, fields) => write('WARN', message, fields),
  error: (message, fields) => write('ERROR', message, fields),
};

function write(level: LogLevel, message: string, { error, ...others }: LogFields = {}): void {
  const invocation = currentInvocation();
  const standard = invocation === undefined ? outsideFields() : { ...invocation.run?.fields, ...invocation.logFields };
  const ofError = error instanceof Error ? errorFields(error) : error === undefined ? {} : { error };
  const fields: Record<string, unknown> = { ...standard };
  for (const [name, value] of Object.entries({ ...others, ...ofError })) {
    if (!Object.hasOwn(standard, name) && !HEAD_FIELDS.includes(name)) fields[name] = value;
  }
  const log = invocation?.run?.log ?? jsonLog;
  log(level, message, fields);
}
