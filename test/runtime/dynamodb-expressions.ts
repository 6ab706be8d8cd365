/** Just enough of DynamoDB's expression language for the stub: conditions, and updates of top-level attributes. */
export type Attribute = Readonly<Record<string, unknown>>;
export type StoredItem = Record<string, Attribute>;

export interface Placeholders {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, Attribute>>;
}

const TOKEN = /\s*(<>|<=|>=|[=<>(),]|[#:]?[A-Za-z_][\w]*)/y;

/** Evaluates a condition over an item; an absent item has no attributes. */
export function holds(expression: string, item: StoredItem | undefined, placeholders: Placeholders): boolean {
  const parser = new Parser(expression, item ?? {}, placeholders);
  const result = parser.or();
  parser.end();
  return result;
}

/** The item after an update expression. */
export function applyUpdate(expression: string, item: StoredItem, placeholders: Placeholders): StoredItem {
  const after: StoredItem = { ...item };
  const parser = new Parser(expression, item, placeholders);
  while (!parser.atEnd()) {
    const clause = parser.take().toUpperCase();
    do {
      const name = parser.resolveName(parser.take());
      if (clause === 'REMOVE') delete after[name];
      else if (clause === 'SET') {
        parser.expect('=');
        after[name] = parser.operand()!;
      } else if (clause === 'ADD') {
        const before = Number(item[name]?.['N'] ?? 0);
        after[name] = { N: String(before + Number(parser.operand()!['N'])) };
      } else throw new Error(`unknown clause ${clause}`);
    } while (parser.tryTake(','));
  }
  return after;
}

class Parser {
  private readonly tokens: string[] = [];
  private at = 0;

  constructor(
    text: string,
    private readonly item: StoredItem,
    private readonly placeholders: Placeholders,
  ) {
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.trimEnd().length) {
      const from = TOKEN.lastIndex;
      const match = TOKEN.exec(text);
      if (match === null) throw new Error(`cannot read '${text.slice(from)}'`);
      this.tokens.push(match[1]!);
    }
  }

  or(): boolean {
    let result = this.and();
    while (this.tryTake('OR')) result = this.and() || result;
    return result;
  }

  and(): boolean {
    let result = this.not();
    while (this.tryTake('AND')) result = this.not() && result;
    return result;
  }

  not(): boolean {
    if (this.tryTake('NOT')) return !this.not();
    if (this.tryTake('(')) {
      const result = this.or();
      this.expect(')');
      return result;
    }
    return this.comparison();
  }

  comparison(): boolean {
    const next = this.tokens[this.at];
    if (next === 'attribute_exists' || next === 'attribute_not_exists') {
      this.take();
      this.expect('(');
      const name = this.resolveName(this.take());
      this.expect(')');
      return Object.hasOwn(this.item, name) === (next === 'attribute_exists');
    }
    if (next === 'begins_with') {
      this.take();
      this.expect('(');
      const whole = this.operand();
      this.expect(',');
      const start = this.operand();
      this.expect(')');
      return typeof whole?.['S'] === 'string' && whole['S'].startsWith(String(start!['S']));
    }
    const left = this.operand();
    const operator = this.take();
    if (operator === 'BETWEEN') {
      const low = this.operand();
      this.expect('AND');
      const high = this.operand();
      return compare(left, low) >= 0 && compare(left, high) <= 0;
    }
    const order = compare(left, this.operand());
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
        throw new Error(`unknown operator ${operator}`);
    }
  }

  operand(): Attribute | undefined {
    const token = this.take();
    if (token === 'if_not_exists') {
      this.expect('(');
      const name = this.resolveName(this.take());
      this.expect(',');
      const fallback = this.operand();
      this.expect(')');
      return this.item[name] ?? fallback;
    }
    if (token.startsWith(':')) {
      const value = this.placeholders.values[token];
      if (value === undefined) throw new Error(`no value ${token}`);
      return value;
    }
    return this.item[this.resolveName(token)];
  }

  resolveName(token: string): string {
    if (!token.startsWith('#')) return token;
    const name = this.placeholders.names[token];
    if (name === undefined) throw new Error(`no name ${token}`);
    return name;
  }

  take(): string {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new Error('expression ends too early');
    return token;
  }

  tryTake(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  expect(token: string): void {
    const got = this.take();
    if (got !== token) throw new Error(`expected ${token}, got ${got}`);
  }

  atEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  end(): void {
    if (!this.atEnd()) throw new Error(`left over: ${this.tokens.slice(this.at).join(' ')}`);
  }
}

/** Order of two attributes of one type; NaN, which no comparison but `<>` holds for, if they differ in type or one is absent. */
export function compare(a: Attribute | undefined, b: Attribute | undefined): number {
  if (a === undefined || b === undefined) return Number.NaN;
  const [typeA, valueA] = Object.entries(a)[0]!;
  const [typeB, valueB] = Object.entries(b)[0]!;
  if (typeA !== typeB) return Number.NaN;
  if (typeA === 'N') return Number(valueA) - Number(valueB);
  if (typeA === 'B')
    return Buffer.compare(Buffer.from(String(valueA), 'base64'), Buffer.from(String(valueB), 'base64'));
  const [x, y] = [JSON.stringify(valueA), JSON.stringify(valueB)];
  if (typeof valueA === 'string') return Buffer.compare(Buffer.from(valueA), Buffer.from(String(valueB)));
  return x === y ? 0 : Number.NaN;
}
