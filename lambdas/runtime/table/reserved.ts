import { OUTBOX_ATTRIBUTE, RESERVED_PREFIX } from '../../../lib/protocol';
import { UsageError } from './errors';
import type { Item } from './types';

/**
 * Stamp of the last write, new for each write that is asked for. By it a write whose answer got lost recognises itself when
 * it is tried again, and a copy of an item can be compared with its original.
 */
export const VERSION_ATTRIBUTE = '_v';

export { OUTBOX_ATTRIBUTE };

/** Attribute names that occur bare in an expression and are the library's: a name after `.`, `#` or `:` is something else. */
const RESERVED_IN_EXPRESSION = new RegExp(`(?<![\\w.#:])${RESERVED_PREFIX}\\w*`);

/** @throws UsageError if a name belongs to the library */
export function refuseReserved(names: Iterable<string>, where: string): void {
  for (const name of names) {
    if (name.startsWith(RESERVED_PREFIX)) {
      throw new UsageError(
        `${where}: attribute names that start with '${RESERVED_PREFIX}' belong to the library, got '${name}'`,
      );
    }
  }
}

/** @throws UsageError if an expression names an attribute of the library */
export function refuseReservedIn(expression: string, where: string): void {
  const found = RESERVED_IN_EXPRESSION.exec(expression)?.[0];
  if (found !== undefined) refuseReserved([found], where);
}

/** The item as handlers may see it. */
export function withoutReserved(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !name.startsWith(RESERVED_PREFIX)));
}
