import type { PartitionKeyValue } from '../../../lib/protocol';

/** Names of an item's attributes. For a union type, the names in all members. */
export type AttributeOf<T extends object> = T extends unknown ? keyof T & string : never;

/** Whether an item's attributes are unknown, because its type has an index signature. */
type IsOpen<T extends object> = string extends keyof T ? true : false;

/** Type of an item's key. If `table()` has no names of key attributes, any key is allowed. */
export type KeyOf<T extends object, K extends string> = [K] extends [never]
  ? Readonly<Record<string, PartitionKeyValue>>
  : { readonly [A in K]: T extends { readonly [B in A]: infer V } ? V : never };

/** Key attributes with the values that they must equal. */
export type WhereOf<T extends object> =
  IsOpen<T> extends true
    ? Readonly<Record<string, PartitionKeyValue>>
    : { readonly [A in AttributeOf<T>]?: T extends { readonly [B in A]?: infer V } ? V : never };

/** An item with the requested attributes. */
export type Projected<T extends object, A extends string> = [AttributeOf<T>] extends [A]
  ? T
  : IsOpen<T> extends true
    ? T
    : T extends unknown
      ? Pick<T, A & keyof T>
      : never;

/** Attributes that may be removed, because they are optional. */
type OptionalOf<T extends object> = { [A in keyof T & string]-?: object extends Pick<T, A> ? A : never }[keyof T &
  string];

/** Attributes with a numeric type, to which `add` can add. */
type NumericOf<T extends object> = {
  [A in keyof T & string]-?: NonNullable<T[A]> extends number | bigint ? A : never;
}[keyof T & string];

/** The changes of an update. Key attributes can't change. */
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
          /** Attributes to set to a new value. */
          readonly set?: Partial<Omit<T, K>>;
          /** Attributes to set if they are absent. */
          readonly setIfAbsent?: Partial<Omit<T, K>>;
          /** Numbers to add. An absent attribute counts as 0. */
          readonly add?: { readonly [A in NumericOf<Omit<T, K>>]?: number | bigint };
          /** Attributes to remove. */
          readonly remove?: readonly OptionalOf<Omit<T, K>>[];
        }
      : never;
