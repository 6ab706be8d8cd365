import type { Caller, OutboxInput, Reply } from '../../lambdas/runtime';
import { sent } from './memory-runtime';

export type Routes = Record<string, (request: object) => Promise<Reply> | Reply>;
export type Work = (message: { body: unknown }) => Promise<void>;

export const TILL: Caller = { kind: 'service', name: 'till', id: 'client', scopes: [] };

/** Calls a route as the runtime would once it has let the caller in. */
export async function call(routes: Routes, route: string, request: object) {
  try {
    const reply = await routes[route]!({ params: {}, query: {}, headers: {}, ...request });
    return { status: reply.status, body: typeof reply.body === 'string' ? JSON.parse(reply.body) : reply.body };
  } catch (error) {
    const { status, code, issues } = error as Refusal;
    if (status === undefined) throw error;
    return { status, code, issues, paths: issues?.map(({ path }) => path) };
  }
}

interface Refusal {
  readonly status?: number;
  readonly code: string;
  readonly issues?: readonly { readonly path: string; readonly message: string; readonly got: string }[];
}

/** Tries of one delivery before a queue would give up. */
const MAX_RECEIVES = 5;

/** Hands each message of the outboxes to its worker, twice, until nobody has anything to say: what a queue may do. */
export async function deliverAll(workers: Readonly<Record<string, Work>>): Promise<void> {
  for (let message: OutboxInput | undefined = sent.shift(); message; message = sent.shift()) {
    for (let delivery = 0; delivery < 2; delivery++) await deliver(workers[message.topic]!, message.body);
  }
}

async function deliver(work: Work, body: unknown): Promise<void> {
  for (let receive = 1; ; receive++) {
    try {
      return await work({ body });
    } catch (error) {
      if (receive === MAX_RECEIVES) throw error;
    }
  }
}
