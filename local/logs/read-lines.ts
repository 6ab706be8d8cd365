import type { LogEvent } from '../events';

/** An event of CloudWatch Logs. */
export interface LoggedEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly logStreamName: string;
}

/** An entry of a function's log, without the function's name. */
export type LogEntry = Omit<LogEvent, 'kind' | 'module' | 'functionName'>;

/** Lines of the platform. */
const PLATFORM = /^(START|END|REPORT|INIT_START|XRAY) /;
const BEGIN = /^START RequestId: (\S+)/;
const END = /^END RequestId: /;
/** Lines that belong to the one before: frames of a stack trace, parts of an object. */
const CONTINUED = /^(\s|[}\])])/;
/** Stack frames of the program that runs the function, and of Node itself. */
const FOREIGN_FRAME = /^\s+at .*(\/_worker\.js:|\(?node:)/;
const ERROR = /^(?:Uncaught )?(?:\[?[A-Za-z.]*(?:Error|Exception)\b|Traceback |Task timed out)/;
const LEVELS: Readonly<Record<string, LogEvent['level']>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  fatal: 'error',
  critical: 'error',
};

/**
 * Reads events of a log group, in their order: leaves out lines of the platform, joins the lines of
 * a stack trace, and parses lines that are JSON.
 * @param requests id of the current request of each stream; kept between calls
 */
export function readLines(events: readonly LoggedEvent[], requests: Map<string, string>): LogEntry[] {
  const entries: LogEntry[] = [];
  let last: { stream: string; lines: string[]; time: number; requestId?: string } | undefined;
  const close = (): void => {
    if (last !== undefined) entries.push(entryOf(last.lines, last.time, last.requestId));
    last = undefined;
  };
  for (const { timestamp: time, message, logStreamName: stream } of events) {
    if (PLATFORM.test(message)) {
      close();
      const begun = BEGIN.exec(message)?.[1];
      if (begun !== undefined) requests.set(stream, begun);
      if (END.test(message)) requests.delete(stream);
      continue;
    }
    if (FOREIGN_FRAME.test(message)) continue;
    if (last !== undefined && last.stream === stream && CONTINUED.test(message)) {
      last.lines.push(message);
      continue;
    }
    close();
    if (message.trim() !== '') last = { stream, lines: [message], time, requestId: requests.get(stream) };
  }
  close();
  return entries;
}

function entryOf(lines: readonly string[], time: number, requestId: string | undefined): LogEntry {
  const text = lines.join('\n').trimEnd();
  const common = { time, ...(requestId !== undefined && { requestId }) };
  const json = lines.length === 1 ? objectOf(text) : undefined;
  if (json === undefined) return { ...common, ...(ERROR.test(text) && { level: 'error' as const }), message: text };
  const { level, message, msg, timestamp, ...fields } = json;
  const said = message ?? msg;
  const known = LEVELS[String(level ?? '').toLowerCase()];
  return {
    ...common,
    // The emulator gives every line the time of its invocation's end.
    ...(typeof timestamp === 'string' && !Number.isNaN(Date.parse(timestamp)) && { time: Date.parse(timestamp) }),
    ...(known !== undefined && { level: known }),
    message: typeof said === 'string' ? said : said === undefined ? '' : JSON.stringify(said),
    fields,
  };
}

function objectOf(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
