import type { CloudApi, JsonObject } from '../../testing';
import type { LiveFunction } from '../deploy';
import type { LogEvent } from '../events';
import { type LoggedEvent, readLines } from './read-lines';

const LOGS = 'Logs_20140328';
/** Interval at which the log groups are read. */
const INTERVAL_MS = 250;
/**
 * Time that is read again, because an event may be stored after a later event of another stream.
 */
const OVERLAP_MS = 2_000;

export interface LogStreamProps {
  readonly api: (region: string) => CloudApi;
  /** Called for each entry. The next entry waits until the returned promise is resolved. */
  readonly onEntry: (entry: LogEvent) => void | Promise<void>;
}

interface Group {
  readonly functions: readonly LiveFunction[];
  /** Bytes that were stored at the last read. */
  bytes: number;
  readonly since: number;
  /** Time of the newest event. */
  newest: number;
  /** Keys of the events since `newest - OVERLAP_MS` that were already read, with their times. */
  readonly taken: Map<string, number>;
  readonly requests: Map<string, string>;
}

/**
 * Follows the log groups of functions by calls of CloudWatch Logs. The emulator's own log doesn't
 * contain the output of functions that are called by their URL or by an API.
 */
export class LogStream {
  private readonly groups = new Map<string, Group>();
  private readonly since = Date.now();
  private timer?: NodeJS.Timeout;
  private polling?: Promise<void>;

  public constructor(private readonly props: LogStreamProps) {}

  /** Follows these functions from now on. */
  public async follow(functions: readonly LiveFunction[]): Promise<void> {
    const byGroup = new Map<string, LiveFunction[]>();
    for (const region of new Set(functions.map((fn) => fn.region))) {
      const groups = await groupsOf(this.props.api(region));
      for (const fn of functions.filter((one) => one.region === region)) {
        const key = `${region} ${groups.get(fn.name) ?? `/aws/lambda/${fn.name}`}`;
        byGroup.set(key, [...(byGroup.get(key) ?? []), fn]);
      }
    }
    for (const [key, sharing] of byGroup) {
      const before = this.groups.get(key);
      const fresh = { bytes: 0, since: this.since, newest: this.since, taken: new Map(), requests: new Map() };
      this.groups.set(key, { ...(before ?? fresh), functions: sharing });
    }
    for (const key of this.groups.keys()) if (!byGroup.has(key)) this.groups.delete(key);
  }

  public start(): void {
    this.timer = setInterval(() => {
      // An error is ignored, because the next poll reads the same events.
      this.polling ??= this.poll()
        .catch(() => undefined)
        .finally(() => {
          this.polling = undefined;
        });
    }, INTERVAL_MS).unref();
  }

  /**
   * Reads all lines that were logged until now. If the emulator doesn't answer, nothing is read.
   */
  public async readRest(): Promise<void> {
    await this.polling;
    await this.poll().catch(() => undefined);
  }

  public async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.polling;
  }

  /** Reads the events that were logged since the last read. */
  public async poll(): Promise<void> {
    for (const region of new Set([...this.groups.keys()].map((key) => key.split(' ')[0]!))) {
      const api = this.props.api(region);
      for (const [name, bytes] of await storedBytes(api)) {
        const group = this.groups.get(`${region} ${name}`);
        if (group === undefined || group.bytes === bytes) continue;
        group.bytes = bytes;
        await this.read(api, name, group);
      }
    }
  }

  private async read(api: CloudApi, name: string, group: Group): Promise<void> {
    const startTime = Math.max(group.since, group.newest - OVERLAP_MS);
    const input = { logGroupName: name, startTime };
    const events: LoggedEvent[] = [];
    let nextToken: JsonObject[string] | undefined;
    do {
      const answer = await api.json('logs', `${LOGS}.FilterLogEvents`, {
        ...input,
        ...(nextToken && { nextToken }),
      });
      events.push(...((answer['events'] ?? []) as unknown as LoggedEvent[]));
      nextToken = answer['nextToken'];
    } while (nextToken);
    const fresh = this.withoutTaken(events, group);
    const [first] = group.functions;
    const module = group.functions.map((fn) => fn.module).join(', ');
    for (const entry of readLines(fresh, group.requests)) {
      await this.props.onEntry({ kind: 'log', module, functionName: first!.name, ...entry });
    }
  }

  private withoutTaken(events: readonly LoggedEvent[], group: Group): LoggedEvent[] {
    const counts = new Map<string, number>();
    const fresh = events.filter(({ logStreamName, timestamp }) => {
      const place = `${logStreamName} ${timestamp}`;
      const count = (counts.get(place) ?? 0) + 1;
      counts.set(place, count);
      const key = `${place} ${count}`;
      if (group.taken.has(key)) return false;
      group.taken.set(key, timestamp);
      group.newest = Math.max(group.newest, timestamp);
      return true;
    });
    for (const [key, time] of group.taken) if (time < group.newest - OVERLAP_MS) group.taken.delete(key);
    return fresh;
  }
}

/** Log groups that functions state, by the function's name. */
async function groupsOf(api: CloudApi): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let marker = '';
  do {
    const page = (await (await api.rest('lambda', 'GET', `/2015-03-31/functions${marker}`)).json()) as JsonObject;
    for (const fn of (page['Functions'] ?? []) as JsonObject[]) {
      const group = (fn['LoggingConfig'] as JsonObject | undefined)?.['LogGroup'];
      if (typeof group === 'string') found.set(String(fn['FunctionName']), group);
    }
    marker = page['NextMarker'] ? `?Marker=${encodeURIComponent(String(page['NextMarker']))}` : '';
  } while (marker !== '');
  return found;
}

async function storedBytes(api: CloudApi): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  let nextToken: string | undefined;
  do {
    const answer = await api.json('logs', `${LOGS}.DescribeLogGroups`, { ...(nextToken && { nextToken }) });
    for (const group of (answer['logGroups'] ?? []) as JsonObject[]) {
      found.set(String(group['logGroupName']), Number(group['storedBytes'] ?? 0));
    }
    nextToken = answer['nextToken'] === undefined ? undefined : String(answer['nextToken']);
  } while (nextToken !== undefined);
  return found;
}
