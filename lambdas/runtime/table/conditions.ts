import { UsageError } from './errors';
import type { Condition } from './types';

/** Holds if the item isn't there: the usual guard of a `put` that creates. */
export function ifAbsent(partitionKey: string): Condition {
  return { expression: 'attribute_not_exists(#absent)', names: { '#absent': partitionKey } };
}

/** Holds if the item, or one of its attributes, is there. */
export function ifPresent(attribute: string): Condition {
  return { expression: 'attribute_exists(#present)', names: { '#present': attribute } };
}

/**
 * Holds if every attribute has the given value; `undefined` means absent.
 *
 * @example
 * await orders.update(key, { set: { status: 'paid' } }, { condition: ifEquals({ status: 'placed' }) });
 */
export function ifEquals(attributes: Readonly<Record<string, unknown>>): Condition {
  const entries = Object.entries(attributes);
  if (entries.length === 0) throw new UsageError('ifEquals() needs at least one attribute');
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const parts = entries.map(([name, value], i) => {
    names[`#equal${i}`] = name;
    if (value === undefined) return `attribute_not_exists(#equal${i})`;
    values[`:equal${i}`] = value;
    return `#equal${i} = :equal${i}`;
  });
  return { expression: parts.join(' AND '), names, values };
}
