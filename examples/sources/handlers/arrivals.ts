import { table, worker } from '../../../lambdas/runtime';

interface Arrival {
  readonly id: string;
  readonly time: string;
  readonly from: string;
  readonly body: unknown;
}

const arrivals = table<Arrival, 'id'>('Arrivals');

/** Stores each message under its id, so a second delivery of it changes nothing. */
export const handler = worker(async ({ id, time, body, source }) => {
  await arrivals.put({ id, time, from: source?.kind ?? 'outbox', body });
});
