import { randomUUID } from 'node:crypto';
import type {
  Changes,
  Condition,
  GetOptions,
  Item,
  Key,
  Operation,
  OutboxInput,
  Page,
  QueryOptions,
} from '../../lambdas/runtime';
import { DocumentError } from '../../lambdas/runtime/documents/errors';
import { ConditionFailed, TransactionRefused } from '../../lambdas/runtime/table/errors';

const KEYS: Readonly<Record<string, readonly string[]>> = {
  Catalogue: ['pk', 'sk'],
  Orders: ['customerId', 'orderId'],
  Ledger: ['chargeKey'],
};

/** Tables that live for one test; a write's outbox is collected as the relay would send it. */
export const store = new Map<string, Map<string, Item>>();
export const sent: OutboxInput[] = [];

/** Every write that was done, as it was asked for. */
export const written: Operation[] = [];

/** Documents by store and key: `MailOutbox/mail/1.eml`. */
export const storedDocuments = new Map<string, Uint8Array | string>();

/** What each call waits for before it reaches its table: a test decides here who comes first. */
export const traffic: { turn: (what: string) => Promise<unknown> } = { turn: async () => undefined };

/** What eventual reads see: the tables as they were at the last call of `replicate`. */
const replica = new Map<string, Map<string, Item>>();

export function replicate(): void {
  for (const [name, rows] of store) replica.set(name, structuredClone(rows));
}

let conflicts = 0;

/** Makes the next transactions fail because of a conflict with another one. */
export function conflictNext(transactions: number): void {
  conflicts = transactions;
}

export function reset(): void {
  store.clear();
  storedDocuments.clear();
  replica.clear();
  conflicts = 0;
  sent.length = 0;
  written.length = 0;
  traffic.turn = async () => undefined;
}

export const itemsIn = (name: string): Item[] => [...rowsOf(name).values()];

/** The runtime's document stores, on a map. S3 answers so for a missing document if the function can't list the bucket. */
export function documents(name: string) {
  return {
    get: async (key: string) => {
      const document = storedDocuments.get(`${name}/${key}`);
      if (document === undefined) throw new DocumentError(name, 'get', 'AccessDenied', 403, undefined);
      return document;
    },
    put: async (key: string, body: Uint8Array | string) => {
      await traffic.turn('write document');
      storedDocuments.set(`${name}/${key}`, body);
    },
  };
}

/** The few functions of the runtime that reach DynamoDB, on a map. */
export function table(name: string) {
  return {
    name,
    get: async (key: Key, options: GetOptions = {}) => {
      checkLengths(name, key);
      await traffic.turn(`get ${name}`);
      return clone(readable(name, options).get(idOf(name, key)));
    },
    put: async (item: Item, options: { condition?: Condition; outbox?: readonly OutboxInput[] } = {}) => {
      await traffic.turn(`put ${name}`);
      write([{ in: { name }, put: item, ...options }] as unknown as Operation[], true);
    },
    update: async (key: Key, changes: Changes, options: object = {}) => {
      await traffic.turn(`update ${name}`);
      write([{ in: { name }, update: key, ...changes, ...options }] as unknown as Operation[], true);
      return clone(rowsOf(name).get(idOf(name, key)))!;
    },
    batchGet: async (keys: readonly Key[], options: GetOptions = {}) => {
      await traffic.turn(`batchGet ${name}`);
      const ids = keys.map((key) => idOf(name, key));
      if (new Set(ids).size !== ids.length) throw new Error('BatchGetItem takes a key once');
      return ids.map((id) => clone(readable(name, options).get(id)));
    },
    query: async (where: Key, options: QueryOptions = {}): Promise<Page> => {
      const [pk, sk] = KEYS[name]!;
      const found = itemsIn(name)
        .filter((item) => item[pk!] === where[pk!] && String(item[sk!]).startsWith(options.sort?.beginsWith ?? ''))
        .sort((a, b) => (String(a[sk!]) < String(b[sk!]) ? -1 : 1));
      if (options.descending) found.reverse();
      const from = Number(options.cursor ?? 0);
      const to = from + (options.limit ?? found.length);
      return { items: found.slice(from, to), ...(to < found.length ? { cursor: String(to) } : {}) };
    },
  };
}

export async function transact(operations: readonly Operation[]): Promise<void> {
  await traffic.turn('transact');
  if (conflicts > 0) {
    conflicts--;
    const { name } = operations[0]!.in;
    throw new TransactionRefused([{ table: name, key: {}, index: 0, reason: 'conflict', message: '' }]);
  }
  write(operations, false);
}

function write(operations: readonly Operation[], alone: boolean): void {
  const failed = operations.flatMap((operation, index) => {
    const name = operation.in.name;
    const key = 'put' in operation ? operation.put : 'update' in operation ? operation.update : {};
    const current = rowsOf(name).get(idOf(name, key as Key));
    const { condition } = operation as { condition?: Condition };
    const present = 'update' in operation && !operation.upsert ? current !== undefined : true;
    if (present && holds(condition, current)) return [];
    return [{ table: name, key: key as Key, index, reason: 'condition', message: '', ...(current ? { current } : {}) }];
  });
  if (failed.length > 0) {
    throw alone ? new ConditionFailed(failed[0]!.table, failed[0]!.key, undefined) : new TransactionRefused(failed);
  }
  for (const operation of operations) apply(operation);
}

function apply(operation: Operation): void {
  written.push(operation);
  const rows = rowsOf(operation.in.name);
  const { name } = operation.in;
  if ('put' in operation) rows.set(idOf(name, operation.put as Key), clone(operation.put as Item));
  if ('delete' in operation) rows.delete(idOf(name, operation.delete));
  if ('update' in operation) {
    const id = idOf(name, operation.update);
    const item: Item = { ...operation.update, ...rows.get(id), ...operation.set };
    for (const [field, by] of Object.entries(operation.add ?? {})) item[field] = Number(item[field] ?? 0) + Number(by);
    rows.set(id, item);
  }
  for (const message of (operation as { outbox?: readonly OutboxInput[] }).outbox ?? []) {
    sent.push({ id: randomUUID(), ...message });
  }
}

/** Understands what ifAbsent() and ifEquals() write. */
function holds(condition: Condition | undefined, item: Item | undefined): boolean {
  if (!condition) return true;
  return condition.expression.split(' AND ').every((part) => {
    const absent = /^attribute_not_exists\((#\w+)\)$/.exec(part)?.[1];
    if (absent) return item?.[condition.names![absent]!] === undefined;
    const [, name, value] = /^(#\w+) = (:\w+)$/.exec(part)!;
    return item?.[condition.names![name!]!] === condition.values![value!];
  });
}

/** Limits of DynamoDB in bytes; a longer key is refused by it, and so ends in a 500. */
const MAX_KEY_BYTES = [2048, 1024];

function checkLengths(name: string, key: Key): void {
  for (const [i, part] of KEYS[name]!.entries()) {
    if (Buffer.byteLength(String(key[part])) > MAX_KEY_BYTES[i]!) throw new Error(`ValidationException: ${part}`);
  }
}

/** Rows that a read sees. */
const readable = (name: string, { eventual }: GetOptions): Map<string, Item> =>
  (eventual ? replica.get(name) : undefined) ?? rowsOf(name);

function rowsOf(name: string): Map<string, Item> {
  const rows = store.get(name) ?? new Map<string, Item>();
  store.set(name, rows);
  return rows;
}

const idOf = (name: string, key: Key | Item): string => JSON.stringify(KEYS[name]!.map((part) => key[part]));

const clone = <T>(value: T): T => (value === undefined ? value : structuredClone(value));
