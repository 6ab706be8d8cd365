import type { LogEvent, RequestEvent } from '../../../local/events';

const COLORS = [36, 33, 35, 32, 34, 96, 93, 95];
const RED = 31;
const DIM = 2;
const YELLOW = 33;
/**
 * Fields that aren't shown, because every entry has them or the line already contains their
 * information.
 */
const NOISE = new Set([
  'time',
  'timestamp',
  'requestId',
  'xRayTraceId',
  'service',
  'cold_start',
  'function_name',
  'function_arn',
  'function_request_id',
  'xray_trace_id',
  'origin_xray_trace_id',
  '_aws',
]);

/** Control characters in a log could move the cursor of the terminal. */
const CONTROL = /[^\P{Cc}\n\t]/gu;

/** Formats log lines for the terminal. `colors` must be false for files and pipes. */
export class LogLines {
  private readonly modules = new Map<string, number>();
  private width = 0;

  public constructor(private readonly colors: boolean) {}

  /** `18:40:03 Search  ERROR it failed code=42`, and then a line for each frame of a stack trace */
  public entry({ time, module, level, message, fields = {} }: LogEvent): string {
    const mark = level === 'error' ? this.paint(RED, 'ERROR ') : level === 'warn' ? this.paint(YELLOW, 'WARN  ') : '';
    const rest = Object.entries(fields)
      .filter(([name, value]) => !NOISE.has(name) && !isTrace(name, value))
      .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    const trace = Object.entries(fields).flatMap(([name, value]) => (isTrace(name, value) ? value : []));
    const text = [message, ...rest]
      .filter((part) => part !== '')
      .join(' ')
      .concat(...trace.map((frame) => `\n    ${frame}`));
    return `${this.head(time, module)}${mark}${text.replace(CONTROL, '')}`;
  }

  /** `18:40:03 GET /search 200 35 ms Hit` */
  public request({ time, entrance, method, path, status, ms, result, rule, reason }: RequestEvent): string {
    const shown = status >= 500 ? this.paint(RED, String(status)) : String(status);
    const parts = [method, path, shown, `${ms} ms`, result, rule && `rule ${rule}`, reason];
    return `${this.head(time, entrance)}${parts.filter(Boolean).join(' ')}`;
  }

  private head(time: number, name: string): string {
    const index = this.modules.get(name) ?? this.modules.size;
    this.modules.set(name, index);
    this.width = Math.max(this.width, name.length);
    const clock = new Date(time).toTimeString().slice(0, 8);
    return `${this.paint(DIM, clock)} ${this.paint(COLORS[index % COLORS.length]!, name.padEnd(this.width))}  `;
  }

  private paint(code: number, text: string): string {
    return this.colors ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/** Whether a field has the frames of a stack trace, as `routes()` and `worker()` log them. */
function isTrace(name: string, value: unknown): value is string[] {
  return name === 'stack' && Array.isArray(value) && value.every((frame) => typeof frame === 'string');
}
