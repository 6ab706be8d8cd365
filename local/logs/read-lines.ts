import type { LogEvent } from '../events';

/** An event of CloudWatch Logs. */
export interface LoggedEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly logStreamName: string;
}

/** An entry of a function's log, without the function's name. */
export type LogEntry = Omit<LogEvent, 'kind' | 'module' | 'functionName'>;

/** Lines that the Lambda platform itself writes. */
const PLATFORM = /^(START|END|REPORT|INIT_START|XRAY) /;
const BEGIN = /^START RequestId: (\S+)/;
const END = /^END RequestId: /;
/** Lines that belong to the previous line: frames of a stack trace, parts of an object. */
const CONTINUED = /^(\s|[}\])])/;
/** Stack frames of the emulator's program that runs the function, and of Node.js itself. */
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
 * Converts events of a log group to entries, in their order. Lines of the platform are left out,
 * the lines of a stack trace are joined, and lines of JSON are parsed.
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
  // A line with metrics has a high level only so that the function's log level doesn't drop it.
  const known = '_aws' in fields ? 'info' : LEVELS[String(level ?? '').toLowerCase()];
  return {
    ...common,
    // The emulator sets the time of every line to the end of its invocation. So a time in the line
    // itself is more exact.
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
