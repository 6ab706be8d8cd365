import { type Attribute, compare, contentOf, invalid, type StoredItem, typeOf } from './attributes';
import { type Path, type Placeholders, Tokens } from './tokens';

/** Whether a condition holds for an item. An absent item has no attributes. */
export function holds(expression: string, item: StoredItem | undefined, placeholders: Placeholders): boolean {
  const tokens = new Tokens(expression, placeholders);
  const result = new Condition(tokens, item ?? {}).anyOf();
  tokens.end();
  return result;
}

/** Returns the value at a path, or undefined if there is no value. */
export function valueAt(item: StoredItem, path: Path): Attribute | undefined {
  let value: Attribute | undefined = { M: item };
  for (const step of path) {
    const content: unknown = value?.[typeof step === 'number' ? 'L' : 'M'];
    if (typeof content !== 'object' || content === null || !Object.hasOwn(content, step)) return undefined;
    value = (content as Record<string | number, Attribute>)[step];
  }
  return value;
}

/** Returns the attribute names in a projection. */
export function projectionNames(expression: string, placeholders: Placeholders): string[] {
  const tokens = new Tokens(expression, placeholders);
  const names: string[] = [];
  do {
    const [name, ...deeper] = tokens.path();
    if (deeper.length > 0) throw invalid('the memory tables project whole attributes only');
    names.push(String(name));
  } while (tokens.tryTake(','));
  tokens.end();
  return names;
}

/**
 * Parses and evaluates a condition in one pass. It always parses both sides of AND and OR, so that
 * it finds errors in both.
 */
class Condition {
  constructor(
    private readonly tokens: Tokens,
    private readonly item: StoredItem,
  ) {}

  anyOf(): boolean {
    let result = this.allOf();
    while (this.tokens.tryTake('OR')) result = this.allOf() || result;
    return result;
  }

  private allOf(): boolean {
    let result = this.one();
    while (this.tokens.tryTake('AND')) result = this.one() && result;
    return result;
  }

  private one(): boolean {
    const { tokens } = this;
    if (tokens.tryTake('NOT')) return !this.one();
    if (tokens.tryTake('(')) {
      const result = this.anyOf();
      tokens.expect(')');
      return result;
    }
    if (tokens.isCall && tokens.next !== 'size') return this.call();
    const left = this.operand();
    if (tokens.tryTake('BETWEEN')) {
      const low = this.operand();
      tokens.expect('AND');
      const high = this.operand();
      return compare(left, low) >= 0 && compare(left, high) <= 0;
    }
    if (tokens.tryTake('IN')) return this.list().some((candidate) => compare(left, candidate) === 0);
    return isIn(tokens.take(), compare(left, this.operand()), tokens);
  }

  private call(): boolean {
    const { tokens } = this;
    const name = tokens.take();
    tokens.expect('(');
    const result = this.function(name);
    tokens.expect(')');
    return result;
  }

  private function(name: string): boolean {
    const { tokens } = this;
    if (name === 'attribute_exists') return valueAt(this.item, tokens.path()) !== undefined;
    if (name === 'attribute_not_exists') return valueAt(this.item, tokens.path()) === undefined;
    const [first, second] = [this.operand(), this.afterComma()];
    switch (name) {
      case 'attribute_type':
        return first !== undefined && typeOf(first) === second?.['S'];
      case 'begins_with':
        return beginsWith(first, second);
      case 'contains':
        return contains(first, second);
      default:
        throw invalid(`Invalid expression: Invalid function name; function: ${name}`);
    }
  }

  private afterComma(): Attribute | undefined {
    this.tokens.expect(',');
    return this.operand();
  }

  private list(): (Attribute | undefined)[] {
    this.tokens.expect('(');
    const list = [this.operand()];
    while (this.tokens.tryTake(',')) list.push(this.operand());
    this.tokens.expect(')');
    return list;
  }

  private operand(): Attribute | undefined {
    const { tokens } = this;
    if (tokens.next === 'size' && tokens.isCall) {
      tokens.take();
      tokens.expect('(');
      const value = valueAt(this.item, tokens.path());
      tokens.expect(')');
      return value === undefined ? undefined : { N: String(lengthOf(value)) };
    }
    if (tokens.next?.startsWith(':')) return tokens.placeholders.value(tokens.take());
    return valueAt(this.item, tokens.path());
  }
}

function isIn(operator: string, order: number, tokens: Tokens): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '<>':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      throw tokens.fault(`token: ${operator}`);
  }
}

function beginsWith(whole: Attribute | undefined, start: Attribute | undefined): boolean {
  if (whole === undefined || start === undefined || typeOf(whole) !== typeOf(start)) return false;
  if (typeOf(whole) === 'S') return String(whole['S']).startsWith(String(start['S']));
  if (typeOf(whole) !== 'B') return false;
  const [bytes, prefix] = [whole, start].map((value) => Buffer.from(String(value['B']), 'base64'));
  return bytes!.subarray(0, prefix!.length).equals(prefix!);
}

/** Whether a text has a part, or a set or list has a member. */
function contains(whole: Attribute | undefined, part: Attribute | undefined): boolean {
  if (whole === undefined || part === undefined) return false;
  const content = contentOf(whole);
  if (typeOf(whole) === 'S') return typeOf(part) === 'S' && String(content).includes(String(part['S']));
  if (typeOf(whole) === 'L') return (content as Attribute[]).some((member) => compare(member, part) === 0);
  return typeOf(whole) === `${typeOf(part)}S` && (content as unknown[]).includes(contentOf(part));
}

function lengthOf(value: Attribute): number {
  const content = contentOf(value);
  if (typeOf(value) === 'S') return Buffer.byteLength(String(content));
  if (typeOf(value) === 'B') return Buffer.byteLength(String(content), 'base64');
  if (typeof content !== 'object' || content === null) {
    throw invalid(`Invalid expression: Incorrect operand type for operator or function; operator or function: size`);
  }
  return Object.keys(content).length;
}
