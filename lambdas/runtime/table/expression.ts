import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { UsageError } from './errors';
import { refuseReserved, refuseReservedIn } from './reserved';
import type { Condition, Item } from './types';

/** Placeholders of the library start so; a handler's own can't. */
const OWN = 'bw';

/** Collects the `#names` and `:values` of one request, those of the library and those of the handler side by side. */
export class Expression {
  private readonly names: Record<string, string> = {};
  private readonly values: Item = {};
  private readonly byName = new Map<string, string>();
  private count = 0;

  /** Placeholder of an attribute. */
  name(attribute: string): string {
    const known = this.byName.get(attribute);
    if (known !== undefined) return known;
    const placeholder = `#${OWN}${this.byName.size}`;
    this.byName.set(attribute, placeholder);
    this.names[placeholder] = attribute;
    return placeholder;
  }

  /** Placeholder of a value. */
  value(value: unknown): string {
    if (value === undefined) throw new UsageError('a value in an expression must not be undefined');
    const placeholder = `:${OWN}${this.count++}`;
    this.values[placeholder] = value;
    return placeholder;
  }

  /**
   * A handler's condition, in brackets.
   * @throws UsageError if it touches what belongs to the library
   */
  condition(condition: Condition, where: string): string {
    refuseReservedIn(condition.expression, where);
    refuseReserved(Object.values(condition.names ?? {}), where);
    for (const [into, given] of [
      [this.names as Item, condition.names ?? {}],
      [this.values, condition.values ?? {}],
    ] as const) {
      for (const [placeholder, meaning] of Object.entries(given)) {
        if (placeholder.slice(1).startsWith(OWN)) {
          throw new UsageError(`${where}: placeholders must not start with '${OWN}', got '${placeholder}'`);
        }
        if (Object.hasOwn(into, placeholder) && into[placeholder] !== meaning) {
          throw new UsageError(`${where}: '${placeholder}' stands for two different things`);
        }
        into[placeholder] = meaning;
      }
    }
    return `(${condition.expression})`;
  }

  /** The maps as a request wants them: absent if there is nothing in them. */
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

/** Joins the parts that there are; undefined if there is none. */
export function both(...parts: readonly (string | undefined)[]): string | undefined {
  const given = parts.filter((part) => part !== undefined);
  return given.length === 0 ? undefined : given.join(' AND ');
}
