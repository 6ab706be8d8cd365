import { UsageError } from './errors';
import type { Condition } from './types';

/** Condition that holds if the item doesn't exist. Use it for a `put` that must create the item. */
export function ifAbsent<const A extends string>(partitionKey: A): Condition<A> {
  return { expression: 'attribute_not_exists(#absent)', names: { '#absent': partitionKey } };
}

/**
 * Condition that holds if the item has the attribute. With the partition key, it holds if the item
 * exists.
 */
export function ifPresent<const A extends string>(attribute: A): Condition<A> {
  return { expression: 'attribute_exists(#present)', names: { '#present': attribute } };
}

/**
 * Condition that holds if every attribute has the given value. `undefined` means that the attribute
 * is absent.
 *
 * @example
 * const condition = ifEquals({ status: 'placed' });
 * await orders.update(key, { set: { status: 'paid' } }, { condition });
 */
export function ifEquals<const V extends Readonly<Record<string, unknown>>>(
  attributes: V,
): Condition<keyof V & string, V> {
  const entries = Object.entries(attributes);
  if (entries.length === 0) throw new UsageError('ifEquals() needs at least one attribute');
  const names: Record<string, keyof V & string> = {};
  const values: Record<string, unknown> = {};
  const parts = entries.map(([name, value], i) => {
    names[`#equal${i}`] = name;
    if (value === undefined) return `attribute_not_exists(#equal${i})`;
    values[`:equal${i}`] = value;
    return `#equal${i} = :equal${i}`;
  });
  return { expression: parts.join(' AND '), names, values };
}
