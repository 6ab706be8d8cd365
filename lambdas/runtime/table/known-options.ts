import { UsageError } from './errors';
import type { DeleteOptions, GetOptions, QueryOptions, ScatterOptions, UpdateOptions, WriteOptions } from './types';

/** Names of all options of a type. Compilation fails if a name is missing. */
type Names<T> = Readonly<Record<keyof T, true>>;

const GET: Names<GetOptions> = { signal: true, eventual: true, attributes: true };
const QUERY: Names<QueryOptions> = {
  ...GET,
  sort: true,
  index: true,
  descending: true,
  limit: true,
  filter: true,
  cursor: true,
};
const SCATTER: Names<ScatterOptions> = { ...QUERY, where: true, parallelism: true };
const PUT: Names<WriteOptions> = { signal: true, condition: true, outbox: true };
const UPDATE: Names<UpdateOptions> = { ...PUT, upsert: true };
const DELETE: Names<DeleteOptions> = { signal: true, condition: true };
const OPTIONS = { get: GET, batchGet: GET, query: QUERY, scatter: SCATTER, put: PUT, update: UPDATE, delete: DELETE };

/**
 * Refuses an unknown option, such as a misspelt one. Otherwise a caller without a type checker
 * wouldn't notice that the option has no effect.
 */
export function checkOptions(method: keyof typeof OPTIONS, table: string, options: object): void {
  requireKnown(`options of ${method}() on '${table}'`, options, Object.keys(OPTIONS[method]));
}

/** @throws UsageError for the first unknown name */
export function requireKnown(where: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`${where} must be of ${known.join(', ')}, got ${unknown}`);
}
