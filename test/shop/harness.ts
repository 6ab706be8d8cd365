import {
  type Caller,
  check,
  type Item,
  mapBounded,
  PermanentFailure,
  type Reply,
  type StandardSchemaV1,
} from '../../lambdas/runtime';
import { sent, written } from './memory-runtime';

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

/** Deliveries at the same time. */
const AT_ONCE = 8;
/** Tries of one delivery before a queue would give up. */
const MAX_RECEIVES = 5;

/**
 * Hands each message of the outboxes to its worker, twice and at the same time, until nobody has anything to say: what a
 * queue may do.
 */
export async function deliverAll(workers: Readonly<Record<string, Work>>): Promise<void> {
  while (sent.length > 0) {
    const messages = sent.splice(0).flatMap((message) => [message, message]);
    await mapBounded(messages, AT_ONCE, ({ to, body }) => deliver(workers[to]!, body));
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

/** Stands for worker(): the runtime's own checks of a body come first, as in a queue's batch. */
export function checkedWork(handle: Work, { schema }: { schema: StandardSchemaV1 }): Work {
  return async (message) => {
    const checked = await check(schema, message.body);
    if ('issues' in checked) throw new PermanentFailure(JSON.stringify(checked.issues));
    await handle({ ...message, body: checked.value });
  };
}

/** How often each order took each step, and what was said of it to the next worker. */
export function stepsTaken(): Record<string, string[]> {
  const steps: Record<string, string[]> = {};
  for (const operation of written) {
    const note = (orderId: unknown, step: string): void => {
      steps[String(orderId)] = [...(steps[String(orderId)] ?? []), step];
    };
    if ('update' in operation) {
      const { orderId } = operation.update;
      if (operation.set?.['status'] !== undefined) note(orderId, String(operation.set['status']));
      for (const { to } of operation.outbox ?? []) note(orderId, `-> ${to}`);
    } else if ('put' in operation && (operation.put as Item)['item'] === 'payment') {
      note(String((operation.put as Item)['orderId']).replace('payment#', ''), 'payment');
    }
  }
  return steps;
}
