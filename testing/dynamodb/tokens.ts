import { invalid } from './attributes';
import { RESERVED_WORDS } from './reserved-words';

const TOKEN = /\s*(<>|<=|>=|[=<>(),.+\-[\]]|[#:]?\w+)/y;

/** Names and values to which an expression refers. The class records which of them are used. */
export class Placeholders {
  private readonly usedNames = new Set<string>();
  private readonly usedValues = new Set<string>();

  constructor(
    private readonly names: Readonly<Record<string, string>> = {},
    private readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
  ) {}

  /** @throws DynamoDbError if it isn't defined */
  name(placeholder: string): string {
    const name = this.names[placeholder];
    if (name === undefined) {
      throw invalid(
        `Invalid expression: An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      );
    }
    this.usedNames.add(placeholder);
    return name;
  }

  /** @throws DynamoDbError if it isn't defined */
  value(placeholder: string): Readonly<Record<string, unknown>> {
    const value = this.values[placeholder];
    if (value === undefined) {
      throw invalid(
        `Invalid expression: An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      );
    }
    this.usedValues.add(placeholder);
    return value;
  }

  /** @throws DynamoDbError if no expression of the call uses a given name or value */
  checkUsed(): void {
    const check = (kind: string, all: object, used: ReadonlySet<string>) => {
      const unused = Object.keys(all).filter((key) => !used.has(key));
      if (unused.length === 0) return;
      throw invalid(`Value provided in ${kind} unused in expressions: keys: {${unused.join(', ')}}`);
    };
    check('ExpressionAttributeNames', this.names, this.usedNames);
    check('ExpressionAttributeValues', this.values, this.usedValues);
  }
}

/** A document path. Each step is an attribute's name, or an index of a list. */
export type Path = readonly (string | number)[];

/** The tokens of an expression, for reading them one after the other. */
export class Tokens {
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(
    private readonly text: string,
    readonly placeholders: Placeholders,
  ) {
    if (text.trim() === '') throw invalid('Invalid expression: The expression can not be empty;');
    this.tokens = tokensOf(text);
  }

  get next(): string | undefined {
    return this.tokens[this.at];
  }

  get atEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  take(): string {
    const token = this.tokens[this.at++];
    if (token === undefined) throw this.fault('it ends too early');
    return token;
  }

  /**
   * Takes the next token if it is the given keyword or sign. Keywords may be in upper or lower
   * case.
   */
  tryTake(token: string): boolean {
    if (this.next?.toUpperCase() !== token.toUpperCase()) return false;
    this.at++;
    return true;
  }

  expect(token: string): void {
    if (!this.tryTake(token)) throw this.fault(`expected '${token}', got '${this.next ?? 'the end'}'`);
  }

  /** Whether the next tokens call a function. */
  get isCall(): boolean {
    return this.tokens[this.at + 1] === '(';
  }

  end(): void {
    if (!this.atEnd) throw this.fault(`token: ${this.next}`);
  }

  /** Reads a document path: `a.#b[2]`. */
  path(): Path {
    const path: (string | number)[] = [this.attribute()];
    for (;;) {
      if (this.tryTake('.')) path.push(this.attribute());
      else if (this.tryTake('[')) {
        path.push(Number(this.take()));
        this.expect(']');
      } else return path;
    }
  }

  fault(what: string): Error {
    return invalid(`Invalid expression: Syntax error; ${what}, in '${this.text}'`);
  }

  private attribute(): string {
    const token = this.take();
    if (token.startsWith('#')) return this.placeholders.name(token);
    if (!/^\w+$/.test(token)) throw this.fault(`token: ${token}`);
    if (RESERVED_WORDS.has(token.toUpperCase())) {
      throw invalid(`Invalid expression: Attribute name is a reserved keyword; reserved keyword: ${token}`);
    }
    return token;
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const trimmed = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const from = TOKEN.lastIndex;
    const [, token] = TOKEN.exec(trimmed) ?? [];
    if (token === undefined) throw invalid(`Invalid expression: Syntax error; token: ${trimmed.slice(from)}`);
    tokens.push(token);
  }
  return tokens;
}
