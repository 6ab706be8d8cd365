import { RESERVED_PREFIX } from '../../../lib/protocol';
import { UsageError } from './errors';
import type { Item } from './types';

/**
 * Matches one of the library's attribute names in an expression. A name after `.`, `#` or `:` isn't
 * an attribute of the item itself, so it doesn't match.
 */
const RESERVED_IN_EXPRESSION = new RegExp(`(?<![\\w.#:])${RESERVED_PREFIX}\\w*`);

/** @throws UsageError if a name belongs to the library */
export function refuseReserved(names: Iterable<string>, where: string): void {
  for (const name of names) {
    if (name.startsWith(RESERVED_PREFIX)) {
      throw new UsageError(
        `${where}: attribute names must not start with '${RESERVED_PREFIX}', which is the library's, got '${name}'`,
      );
    }
  }
}

/** @throws UsageError if an expression names an attribute of the library */
export function refuseReservedIn(expression: string, where: string): void {
  const found = RESERVED_IN_EXPRESSION.exec(expression)?.[0];
  if (found !== undefined) refuseReserved([found], where);
}

/** Returns the item without the library's attributes. */
export function withoutReserved(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !name.startsWith(RESERVED_PREFIX)));
}
