import {
  type Caller,
  check,
  HttpError,
  type Item,
  mapBounded,
  PermanentFailure,
  type Reply,
  type StandardSchemaV1,
} from '../../lambdas/runtime';
import { sent, written } from './memory-runtime';

type Handle = (request: object) => Promise<Reply> | Reply;
export type Routes = Record<string, Handle | { readonly body?: StandardSchemaV1; readonly handle: Handle }>;
export type Work = (message: { body: unknown }) => Promise<void>;

export const POINT_OF_SALE: Caller = { kind: 'service', name: 'point-of-sale', id: 'client', scopes: [] };

export const person = (id: string): Caller => ({ kind: 'person', id, scopes: [], claims: {} });

/** Calls a route as the runtime does after it has accepted the caller: the body's schema first, then the handler. */
export async function call(
  routes: Routes,
  route: string,
  request: { readonly body?: unknown; readonly [name: string]: unknown },
) {
  try {
    const entry = routes[route]!;
    let { body } = request;
    if (typeof entry !== 'function' && entry.body !== undefined) {
      const checked = await check(entry.body, body);
      if ('issues' in checked) throw new HttpError(422, 'invalid_body', 'the body has faults', checked);
      body = checked.value;
    }
    const handle = typeof entry === 'function' ? entry : entry.handle;
    const reply = await handle({ params: {}, query: {}, headers: {}, ...request, body });
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
/** Deliveries of a message before a queue moves it to the dead letters. */
const MAX_RECEIVES = 5;

/**
 * Delivers each message of the outboxes to its worker twice and concurrently, as a queue may, until there are no messages.
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
