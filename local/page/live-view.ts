import type { LocalEvent, LogEvent, RequestEvent } from '../events';

/** Number of requests that are kept, newest last. */
const MAX_REQUESTS = 200;
/** Number of chains of messages that are kept, newest last. */
const MAX_CHAINS = 100;
/**
 * Number of requests whose log lines are kept. A chain of messages starts after its request, and
 * shows this request as its first step.
 */
const MAX_BEGINNINGS = 1_000;

/** A step of a chain: a request, the relay's sending of a message, or a worker's delivery. */
export interface Step {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly kind: 'request' | 'relayed' | 'handled';
  /** Name of the module or worker. For a step of the relay, name of the message's target. */
  readonly name: string;
  /** `POST /checkout 201`, `done`, `failed`. */
  readonly outcome: string;
  readonly ok: boolean;
  /** Duration of the step in milliseconds. */
  readonly ms?: number;
  /** Id of the message. */
  readonly messageId?: string;
  /** Number of the delivery, 1 for the first. */
  readonly receiveCount?: number;
}

/** A request and the messages that followed from it. */
export interface Chain {
  /** ID of the request that started the chain. */
  readonly correlationId: string;
  readonly steps: readonly Step[];
}

/** Activity of a function since the start. */
export interface ModuleActivity {
  /** Construct path of the function. */
  readonly name: string;
  /** Handled requests or messages. */
  readonly handled: number;
  readonly failed: number;
  /** Milliseconds of the newest request or message. */
  readonly lastMs?: number;
  /** Milliseconds since 1970. */
  readonly lastTime: number;
  /** Text of the newest error line. It may contain personal data that the app's code has logged. */
  readonly lastError?: string;
}

/** The part of the page that comes from events; queues and tables are read separately. */
export interface LiveSnapshot {
  readonly modules: readonly ModuleActivity[];
  readonly requests: readonly ShownRequest[];
  readonly chains: readonly Chain[];
}

/** A request as the page shows it. */
export interface ShownRequest extends Omit<RequestEvent, 'kind'> {
  /** Route pattern, if the module logged it. */
  readonly route?: string;
}

/**
 * Collects the events of a running app. Only the newest events are kept, without bodies, headers
 * and queries.
 */
export class LiveView {
  private readonly modules = new Map<string, ModuleActivity>();
  private readonly beginnings = new Map<string, Step & { readonly route: string }>();
  private readonly chains = new Map<string, Step[]>();
  private requests: RequestEvent[] = [];

  public take(event: LocalEvent): void {
    if (event.kind === 'request') this.requests = [...this.requests.slice(1 - MAX_REQUESTS), event];
    if (event.kind === 'log') this.takeLog(event);
  }

  public snapshot(): LiveSnapshot {
    return {
      modules: [...this.modules.values()].sort((a, b) => a.name.localeCompare(b.name)),
      requests: this.requests.map(({ kind: _, ...request }) => ({
        ...request,
        route: this.beginnings.get(request.originRequestId ?? '')?.route,
      })),
      chains: [...this.chains].map(([correlationId, steps]) => ({
        correlationId,
        steps: this.withBeginning(correlationId, steps),
      })),
    };
  }

  private withBeginning(correlationId: string, steps: readonly Step[]): readonly Step[] {
    const beginning = this.beginnings.get(correlationId);
    if (beginning === undefined) return byTime(steps);
    const { route: _, ...step } = beginning;
    return byTime([step, ...steps]);
  }

  private takeLog(line: LogEvent): void {
    const fields = line.fields ?? {};
    // The app's own lines may have the same texts, but not these fields.
    if (line.message === 'request' && 'status' in fields) this.takeRequest(line, fields);
    else if (line.message === 'message' && 'outcome' in fields) this.takeMessage(line, fields);
    else if (line.message === 'relayed' && 'messages' in fields) this.takeRelayed(line, fields);
    else if (line.level === 'error') this.note(line, { failed: 0, handled: 0, lastError: line.message });
  }

  private takeRequest(line: LogEvent, fields: Fields): void {
    const status = Number(fields['status']);
    const ms = count(fields['ms']);
    const route = text(fields['route']) ?? '';
    this.note(line, { handled: 1, failed: status >= 500 ? 1 : 0, lastMs: ms });
    // The chain's id is preferred, because Lambda's ID of the invocation may differ from it.
    const requestId = text(fields['correlation_id']) ?? line.requestId;
    if (requestId === undefined) return;
    this.beginnings.set(requestId, {
      time: line.time,
      kind: 'request',
      name: text(fields['service']) ?? line.module,
      outcome: `${route || text(fields['method']) || ''} ${status}`.trim(),
      ok: status < 400,
      ms,
      route,
    });
    dropOldest(this.beginnings, MAX_BEGINNINGS);
  }

  private takeMessage(line: LogEvent, fields: Fields): void {
    const outcome = text(fields['outcome']) ?? '';
    const ms = count(fields['ms']);
    this.note(line, { handled: 1, failed: outcome === 'done' ? 0 : 1, lastMs: ms, lastError: text(fields['reason']) });
    this.addStep(text(fields['correlation_id']), {
      time: line.time,
      kind: 'handled',
      name: text(fields['service']) ?? line.module,
      outcome,
      ok: outcome === 'done',
      ms,
      messageId: text(fields['id']),
      receiveCount: count(fields['receiveCount']),
    });
  }

  private takeRelayed(line: LogEvent, fields: Fields): void {
    const messages = (Array.isArray(fields['messages']) ? fields['messages'] : []) as readonly Fields[];
    const lost = (count(fields['rejected']) ?? 0) + (count(fields['undelivered']) ?? 0);
    this.note(line, { handled: messages.length, failed: lost });
    for (const { id, to, correlation_id } of messages) {
      this.addStep(text(correlation_id), {
        time: line.time,
        kind: 'relayed',
        name: text(to) ?? '',
        outcome: 'sent',
        ok: true,
        messageId: text(id),
      });
    }
  }

  private addStep(correlationId: string | undefined, step: Step): void {
    if (correlationId === undefined) return;
    this.chains.set(correlationId, [...(this.chains.get(correlationId) ?? []), step]);
    dropOldest(this.chains, MAX_CHAINS);
  }

  private note(line: LogEvent, more: Pick<ModuleActivity, 'handled' | 'failed' | 'lastMs' | 'lastError'>): void {
    const before = this.modules.get(line.module);
    this.modules.set(line.module, {
      name: line.module,
      handled: (before?.handled ?? 0) + more.handled,
      failed: (before?.failed ?? 0) + more.failed,
      lastMs: more.lastMs ?? before?.lastMs,
      lastTime: line.time,
      lastError: more.lastError ?? before?.lastError,
    });
  }
}

type Fields = Readonly<Record<string, unknown>>;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const count = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** Sorts steps by time, because log lines of different functions arrive in any order. */
const byTime = (steps: readonly Step[]): readonly Step[] => [...steps].sort((a, b) => a.time - b.time);

function dropOldest(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
