import type { LocalEvent, LogEvent } from '../../local/events';
import type { Row } from '../reconcile';

/** Workers of an order, in the order in which they handle it. */
export const WORKERS = ['Payments', 'Invoices', 'Mail'] as const;

/**
 * The times of an order: when its request arrived and was answered, and when each of the three
 * workers finished it.
 */
export type OrderTimes = readonly [sent: number, stored: number, paid: number, invoiced: number, complete: number];

/** The data of a run for its picture. Times are milliseconds since the first sale. */
export interface RunRecord {
  /** Day of the run: `2026-11-30`. */
  readonly date: string;
  /** Requests that the edge answered, including those for products. */
  readonly requests: number;
  readonly orders: readonly OrderTimes[];
  /** Killed processes of workers: time and name of the worker. */
  readonly kills: readonly (readonly [ms: number, worker: string])[];
  /** Time at which the stores were compared with the file. */
  readonly reconciled: number;
  readonly rows: readonly Row[];
}

/** Requests that place orders. */
const PLACES_ORDER = /^POST \/(sales|refunds) 201$/;

/** Collects the events of a run. Only times and counts are kept, no content of a request. */
export class RunRecorder {
  private readonly orders = new Map<string, readonly [sent: number, stored: number]>();
  private readonly kills: (readonly [number, string])[] = [];
  private readonly done = new Map<string, Map<string, number>>();
  private requests = 0;

  public take(event: LocalEvent): void {
    if (event.kind === 'request') this.requests++;
    if (event.kind === 'log') this.takeLog(event);
  }

  public killed(worker: string, time: number): void {
    this.kills.push([time, worker]);
  }

  /**
   * Makes the record of the collected events. If a worker is killed after its work, there is no log
   * line of it, so the time of the next worker is used.
   * @throws Error if there is no log line of the last worker for an order
   */
  public finish(rows: readonly Row[], now: number): RunRecord {
    const orders = [...this.orders].map(([id, [sent, stored]]) => {
      const times: number[] = [];
      for (const worker of [...WORKERS].reverse()) {
        const time = this.done.get(id)?.get(worker) ?? times[0];
        if (time === undefined) throw new Error(`each order must have a log line of ${worker}, got none`);
        times.unshift(time);
      }
      return [sent, stored, ...times];
    });
    const start = Math.min(...orders.map(([sent]) => sent!));
    const since = (time: number): number => Math.round(time - start);
    return {
      date: new Date(start).toISOString().slice(0, 10),
      requests: this.requests,
      orders: orders.map((times) => times.map(since) as unknown as OrderTimes).sort((a, b) => a[0] - b[0]),
      kills: this.kills.map(([time, worker]) => [since(time), worker]),
      reconciled: since(now),
      rows,
    };
  }

  private takeLog({ time, message, fields = {} }: LogEvent): void {
    if (message === 'request' && PLACES_ORDER.test(`${fields['route']} ${fields['status']}`)) {
      const sent = time - Number(fields['ms'] ?? 0);
      this.orders.set(String(fields['correlation_id']), [sent, time]);
    }
    if (message === 'message' && fields['outcome'] === 'done') {
      const id = String(fields['correlation_id']);
      const times = this.done.get(id) ?? new Map<string, number>();
      const worker = String(fields['service']);
      // The first delivery did the work, so its time counts. Later deliveries only find that the
      // work is done.
      times.set(worker, Math.min(time, times.get(worker) ?? Number.POSITIVE_INFINITY));
      this.done.set(id, times);
    }
  }
}
