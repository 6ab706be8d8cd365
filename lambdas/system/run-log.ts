import { Run } from '../runtime/invocation';
import { jsonLog, type LogLevel, undroppedLevel } from '../runtime/log';

/** A log line of a system function. Its level is `INFO` unless it states another. */
export type RunLine = Readonly<Record<string, unknown>> & { readonly level?: LogLevel };

/** Lambda's context, as far as log lines need it. */
export interface RunContext {
  readonly awsRequestId?: string;
}

/**
 * Writes log lines of one run, with the same fields as the runtime's. A line with metrics has a
 * level that passes the function's log level.
 * @param service name of the function
 */
export function runLog(service: string, { awsRequestId }: RunContext): (line: RunLine) => void {
  const run = new Run({ requestId: awsRequestId, service, log: jsonLog, environment: process.env });
  return ({ level = 'INFO', message, ...fields }) =>
    run.log('_aws' in fields ? undroppedLevel(level) : level, String(message), fields);
}
