import type { PartitionKeyValue } from '../../../lib/protocol';

/** Names of an item's attributes; of a union, those of each member. */
export type AttributeOf<T extends object> = T extends unknown ? keyof T & string : never;

/** Whether an item's attributes are unknown: it is declared with an index signature. */
type IsOpen<T extends object> = string extends keyof T ? true : false;

/** An item's key. Where `table()` wasn't given the names of the key attributes, it is any key. */
export type KeyOf<T extends object, K extends string> = [K] extends [never]
  ? Readonly<Record<string, PartitionKeyValue>>
  : { readonly [A in K]: T extends { readonly [B in A]: infer V } ? V : never };

/** Equalities of key attributes. */
export type WhereOf<T extends object> =
  IsOpen<T> extends true
    ? Readonly<Record<string, PartitionKeyValue>>
    : { readonly [A in AttributeOf<T>]?: T extends { readonly [B in A]?: infer V } ? V : never };

/** An item with the attributes that were asked for. */
export type Projected<T extends object, A extends string> = [AttributeOf<T>] extends [A]
  ? T
  : IsOpen<T> extends true
    ? T
    : T extends unknown
      ? Pick<T, A & keyof T>
      : never;

/** Attributes that may be removed: those that an item can lack. */
type OptionalOf<T extends object> = { [A in keyof T & string]-?: object extends Pick<T, A> ? A : never }[keyof T &
  string];

/** Attributes that can be added to. */
type NumericOf<T extends object> = {
  [A in keyof T & string]-?: NonNullable<T[A]> extends number | bigint ? A : never;
}[keyof T & string];

/** The changes of an update of an item. The attributes of its key can't change. */
export type ChangesOf<T extends object, K extends string> =
  IsOpen<T> extends true
    ? {
        readonly set?: Readonly<Record<string, unknown>>;
        readonly setIfAbsent?: Readonly<Record<string, unknown>>;
        readonly add?: Readonly<Record<string, number | bigint>>;
        readonly remove?: readonly string[];
      }
    : T extends unknown
      ? {
          /** Attributes to set, whole. */
          readonly set?: Partial<Omit<T, K>>;
          /** Attributes to set if they are absent. */
          readonly setIfAbsent?: Partial<Omit<T, K>>;
          /** Numbers to add; an absent attribute counts as 0. */
          readonly add?: { readonly [A in NumericOf<Omit<T, K>>]?: number | bigint };
          /** Attributes to remove. */
          readonly remove?: readonly OptionalOf<Omit<T, K>>[];
        }
      : never;
