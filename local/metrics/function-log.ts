import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { MetricPoint } from '../alarms';
import type { FunctionDimensions } from './functions';

/** A line that the emulator logs when an event source mapping has run a function. */
const RUN = /ESM: Lambda (\S+) (failed processing|processed \d+) (SQS|DynamoDB stream|Kinesis) \w+ from (\S+)/;

/**
 * Metrics of functions that event source mappings run, from the emulator's log, because the
 * emulator publishes none: `Invocations`, `Errors`, and `IteratorAge` of streams. `IteratorAge` is
 * approximated by the time since a stream's batch started to fail.
 */
export class FunctionLog {
  private offset = 0;
  private rest = '';
  private readonly failingSince = new Map<string, number>();

  public constructor(
    private readonly file: string,
    private readonly functions: FunctionDimensions,
  ) {}

  /** Points from the lines that were logged since the previous call. */
  public read(now: number): MetricPoint[] {
    const lines = (this.rest + this.newText()).split('\n');
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.pointsOf(line, now));
  }

  private pointsOf(line: string, now: number): MetricPoint[] {
    const [, qualified, outcome, kind, source] = RUN.exec(line) ?? [];
    if (qualified === undefined || outcome === undefined) return [];
    const [name = qualified] = qualified.split(':');
    const failed = outcome.startsWith('failed');
    const points = [
      ...this.functions.points(name, 'Invocations', 1, now),
      ...this.functions.points(name, 'Errors', failed ? 1 : 0, now),
    ];
    if (kind === 'SQS') return points;
    const key = `${name} ${source}`;
    if (!failed) this.failingSince.delete(key);
    else if (!this.failingSince.has(key)) this.failingSince.set(key, now);
    const age = now - (this.failingSince.get(key) ?? now);
    return [...points, ...this.functions.points(name, 'IteratorAge', age, now)];
  }

  private newText(): string {
    const file = openSync(this.file, 'r');
    try {
      const { size } = fstatSync(file);
      const bytes = Buffer.alloc(Math.max(0, size - this.offset));
      const read = readSync(file, bytes, 0, bytes.length, this.offset);
      this.offset += read;
      return bytes.subarray(0, read).toString('utf8');
    } finally {
      closeSync(file);
    }
  }
}
