import type { AttributeOf, ChangesOf, KeyOf, Operation, OutboxInput } from '../table/types';
import type { Message } from '../worker/types';

type Plain = string | number | boolean | null;

/** Values that an item must have, by attribute. `undefined` means that the attribute is absent. */
export type WhenOf<T extends object> = {
  readonly [A in AttributeOf<T>]?: (T extends { readonly [B in A]?: infer V } ? Extract<V, Plain> : never) | undefined;
};

/** The absence of stated values. */
export type NoneOf<T extends object> = { readonly [A in AttributeOf<T>]?: never };

/** The members of a union of items that can have these values. */
export type ItemWhen<T extends object, W> = T extends unknown
  ? false extends {
      readonly [A in keyof W]: A extends keyof T ? (W[A] extends T[A] | undefined ? true : false) : false;
    }[keyof W]
    ? never
    : T
  : never;

/**
 * Result of a step, stored in the same write as the mark that the step is done. With `also` the
 * write is a transaction, which costs twice the write units.
 */
export type StepResult<T extends object, K extends string> = ChangesOf<T, K> & {
  /** Writes of other items, at most 99. */
  readonly also?: readonly Operation[];
  /** Messages to send after the write, at most 10 and 64 KiB. */
  readonly outbox?: readonly OutboxInput[];
};

/**
 * Says how to continue a step that may have ended half-way: its effect may have happened, but no
 * result is stored.
 *
 * `'again'`: the effect is run again. It must have an idempotency key, or overwrite itself.
 *
 * `{ ask }`: the partner is asked. If the effect happened, `ask` returns its result. If `ask`
 * returns undefined, the effect is run.
 *
 * `'hold'`: the message goes to the quarantine, where a person decides.
 */
export type HalfWay<T extends object, K extends string, Body> =
  | 'again'
  | 'hold'
  | { readonly ask: (item: T, message: Message<Body>) => Promise<StepResult<T, K> | undefined> };

/** Options of a step. */
export interface OnceOptions<T extends object, Body, W, Prepared> {
  /**
   * Values that the item has before the step. If the item has other values, the step is done or no
   * longer needed. `when` also protects items that an earlier version of the worker handled,
   * because these items have no mark.
   * @default none
   */
  readonly when?: W;
  /**
   * Reads what the effect needs. It may run several times. If it throws, SQS redelivers the
   * message, because nothing has happened yet.
   * @default nothing
   */
  readonly prepare?: (item: ItemWhen<T, W>, message: Message<Body>) => Promise<Prepared> | Prepared;
}

/** Makes the key of a message's item. Needed if the body doesn't have the key's attributes. */
export type KeyOption<T extends object, K extends string, Body> = [K] extends [never]
  ? Partial<KeyFunction<T, K, Body>>
  : Body extends KeyOf<T, K>
    ? Partial<KeyFunction<T, K, Body>>
    : KeyFunction<T, K, Body>;

interface KeyFunction<T extends object, K extends string, Body> {
  /**
   * Key of the item that a message is about.
   * @default the attributes of the body with the names of the table's key attributes
   */
  readonly key: (body: Body) => KeyOf<T, K>;
}
