import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { UsageError } from './errors';
import { refuseReserved, refuseReservedIn } from './reserved';
import { refuseUnstorable } from './storable';
import type { Condition, Item } from './types';

/** Prefix of the library's placeholders. Placeholders of handlers must not have it. */
const OWN = 'bw';

/** The `#names` and `:values` of one request, both of the library and of the handler. */
export class Expression {
  private readonly names: Record<string, string> = {};
  private readonly values: Item = {};
  private readonly byName = new Map<string, string>();
  private count = 0;

  /** Number of values so far. */
  get valueCount(): number {
    return Object.keys(this.values).length;
  }

  /** Returns the placeholder of an attribute. */
  name(attribute: string): string {
    const known = this.byName.get(attribute);
    if (known !== undefined) return known;
    const placeholder = `#${OWN}${this.byName.size}`;
    this.byName.set(attribute, placeholder);
    this.names[placeholder] = attribute;
    return placeholder;
  }

  /** Returns the placeholder of a value. */
  value(value: unknown): string {
    if (value === undefined) throw new UsageError('a value in an expression must not be undefined');
    const placeholder = `:${OWN}${this.count++}`;
    this.values[placeholder] = value;
    return placeholder;
  }

  /**
   * Adds a handler's condition, and returns it in brackets.
   * @throws UsageError if the condition uses names or placeholders of the library
   */
  condition(condition: Condition, where: string): string {
    refuseReservedIn(condition.expression, where);
    refuseReserved(Object.values(condition.names ?? {}), where);
    refuseUnstorable(condition.values ?? {}, where);
    for (const [into, given] of [
      [this.names as Item, condition.names ?? {}],
      [this.values, condition.values ?? {}],
    ] as const) {
      for (const [placeholder, meaning] of Object.entries(given)) {
        if (placeholder.slice(1).startsWith(OWN)) {
          throw new UsageError(`${where}: placeholders must not start with '${OWN}', got '${placeholder}'`);
        }
        if (meaning === undefined) throw new UsageError(`${where}: '${placeholder}' must not be undefined`);
        if (Object.hasOwn(into, placeholder) && into[placeholder] !== meaning) {
          throw new UsageError(`${where}: '${placeholder}' has two different values: rename one of them`);
        }
        into[placeholder] = meaning;
      }
    }
    return `(${condition.expression})`;
  }

  /**
   * The names and values as fields of a request. A field that would be empty is left out, because
   * DynamoDB refuses it.
   */
  placeholders(marshall: (item: Item) => Record<string, AttributeValue>): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, AttributeValue>;
  } {
    return {
      ...(Object.keys(this.names).length > 0 ? { ExpressionAttributeNames: this.names } : {}),
      ...(Object.keys(this.values).length > 0 ? { ExpressionAttributeValues: marshall(this.values) } : {}),
    };
  }
}

/** Joins the defined parts by AND. Undefined if none is defined. */
export function allOf(...parts: readonly (string | undefined)[]): string | undefined {
  const given = parts.filter((part) => part !== undefined);
  return given.length === 0 ? undefined : given.join(' AND ');
}
