import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Message, once, PermanentFailure, schema, table, worker } from '../../../../lambdas/runtime';

/**
 * What becomes of a message. `stored`: its effect is a write in the step's own transaction. `asked`: its effect is a separate write
 * without a condition, and the ledger is asked whether it happened. The others are poison messages.
 */
export type Fate = 'stored' | 'asked' | Poison;
/**
 * `unknown` isn't in the schema, and the item of an `absent` message doesn't exist. The handler throws, throws `PermanentFailure`,
 * or ends its process for the others.
 */
export type Poison = 'failing' | 'permanent' | 'crashing' | 'unknown' | 'absent';

export interface Item {
  readonly group: string;
  readonly id: string;
  readonly state: 'new' | 'done';
  /** Number of effects that the item itself counts. */
  readonly effects: number;
}

/** An effect. Each attempt makes an entry of its own, so that a second effect can't hide behind the first. */
export interface LedgerEntry {
  readonly id: string;
  readonly attempt: string;
  readonly group: string;
  readonly at: number;
  readonly receives: number;
}

const Body = schema.object({
  group: schema.string(),
  id: schema.string(),
  fate: schema.oneOf('stored', 'asked', 'failing', 'permanent', 'crashing', 'absent'),
});
interface Reference {
  readonly group: string;
  readonly id: string;
  readonly fate: Exclude<Fate, 'unknown'>;
}

/** Longest time of an effect. A process is then often killed in the middle of one. */
const MAX_EFFECT_MS = 20;

const items = table<Item, 'group' | 'id'>('Items');
const ledger = table<LedgerEntry, 'id' | 'attempt'>('Ledger');

const entryOf = ({ group, id }: Item, { receiveCount }: Message<Reference>): LedgerEntry => ({
  id,
  attempt: randomUUID(),
  group,
  at: Date.now(),
  receives: receiveCount,
});
const DONE = { set: { state: 'done' }, add: { effects: 1 } } as const;
const when = { state: 'new' } as const;

const stored = once(items, 'stored', { when }, (item: Item, message: Message<Reference>) => ({
  ...DONE,
  also: [{ in: ledger, put: entryOf(item, message) }],
}));

const asked = once(
  items,
  'asked',
  {
    when,
    halfWay: {
      ask: async ({ id }: Item, { signal }: Message<Reference>) =>
        (await ledger.query({ id }, { signal })).items.length > 0 ? DONE : undefined,
    },
  },
  async (item: Item, message: Message<Reference>) => {
    await sleep(Math.random() * MAX_EFFECT_MS);
    await ledger.put(entryOf(item, message), { signal: message.signal });
    await sleep(Math.random() * MAX_EFFECT_MS);
    return DONE;
  },
);

export const handler = worker(
  (message: Message<Reference>) => {
    switch (message.body.fate) {
      case 'failing':
        throw new Error('it fails each time');
      case 'permanent':
        throw new PermanentFailure('no retry can help it');
      case 'crashing':
        process.kill(process.pid, 'SIGKILL');
        return new Promise<void>(() => undefined);
      case 'asked':
        return asked(message);
      case 'stored':
      case 'absent':
        return stored(message);
    }
  },
  { schema: Body, retryDelay: { baseSeconds: 1, capSeconds: 5 } },
);
