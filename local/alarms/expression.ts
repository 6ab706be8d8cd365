import { UnsupportedAlarm } from './unsupported';

/**
 * Values of one metric, one for each period, the newest last. Undefined for a period without data.
 */
export type Series = readonly (number | undefined)[];
/** A value of an expression: a number, a series, or a list of series. */
type MathValue = number | Series | { readonly list: readonly Series[] };

/** Series that an expression may refer to. */
export interface ExpressionScope {
  /**
   * Series of a metric or expression of the alarm.
   * @throws UnsupportedAlarm if there is no series with this ID
   */
  series(id: string): Series;
  /** The series of all metrics of the alarm, for `METRICS()`. */
  readonly metrics: readonly Series[];
  /** Length of every series. */
  readonly length: number;
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(>=|<=|==|!=|&&|\|\||[-+*/()[\],<>]))/y;

const BINARY: readonly Readonly<Record<string, (a: number, b: number) => number>>[] = [
  { '||': (a, b) => Number(a !== 0 || b !== 0), OR: (a, b) => Number(a !== 0 || b !== 0) },
  { '&&': (a, b) => Number(a !== 0 && b !== 0), AND: (a, b) => Number(a !== 0 && b !== 0) },
  {
    '>=': (a, b) => Number(a >= b),
    '<=': (a, b) => Number(a <= b),
    '==': (a, b) => Number(a === b),
    '!=': (a, b) => Number(a !== b),
    '>': (a, b) => Number(a > b),
    '<': (a, b) => Number(a < b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b },
];

const AGGREGATES: Readonly<Record<string, (values: number[]) => number>> = {
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
};

/**
 * Evaluates an expression of CloudWatch's metric math. It supports arithmetic, comparisons, `AND`
 * and `OR`, `FILL`, `IF`, `METRICS()`, and `SUM`, `AVG`, `MAX`, `MIN` of a list. A division by zero
 * gives no data.
 * @throws UnsupportedAlarm for any other function or syntax
 */
export function evaluateExpression(expression: string, scope: ExpressionScope): Series {
  const parser = new Parser(expression, scope);
  const value = parser.binary(0);
  parser.end();
  return asSeries(value, scope.length);
}

class Parser {
  private readonly tokens: string[] = [];
  private next = 0;

  public constructor(
    private readonly text: string,
    private readonly scope: ExpressionScope,
  ) {
    TOKEN.lastIndex = 0;
    const trimmed = text.trimEnd();
    while (TOKEN.lastIndex < trimmed.length) {
      const from = TOKEN.lastIndex;
      const match = TOKEN.exec(trimmed);
      if (match === null) throw this.unsupported(`'${trimmed.slice(from, from + 10).trim()}'`);
      this.tokens.push(match[0].trim());
    }
  }

  /**
   * Parses binary operators. Operators of a level bind more tightly than those of earlier levels.
   */
  public binary(level: number): MathValue {
    const operators = BINARY[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = operators[this.tokens[this.next] ?? ''];
      if (operator === undefined) return left;
      this.next++;
      left = elementwise(operator, left, this.binary(level + 1));
    }
  }

  public end(): void {
    if (this.next < this.tokens.length) throw this.unsupported(`'${this.tokens[this.next]}'`);
  }

  private unary(): MathValue {
    if (!this.take('-')) return this.primary();
    return elementwise((a, b) => a - b, 0, this.unary());
  }

  private primary(): MathValue {
    const token = this.tokens[this.next++];
    if (token === undefined) throw this.unsupported('an expression that ends too early');
    if (/^\d/.test(token)) return Number(token);
    if (token === '(') {
      const inner = this.binary(0);
      this.expect(')');
      return inner;
    }
    if (token === '[') return { list: this.arguments(']').map((value) => asSeries(value, this.scope.length)) };
    if (!/^\w/.test(token)) throw this.unsupported(`'${token}'`);
    return this.take('(') ? this.call(token.toUpperCase(), this.arguments(')')) : this.scope.series(token);
  }

  private arguments(end: string): MathValue[] {
    const values: MathValue[] = [];
    if (this.take(end)) return values;
    do values.push(this.binary(0));
    while (this.take(','));
    this.expect(end);
    return values;
  }

  private call(name: string, [first, second, third, ...rest]: MathValue[]): MathValue {
    const { length, metrics } = this.scope;
    if (name === 'METRICS' && first === undefined) return { list: metrics };
    if (name === 'FILL' && first !== undefined && typeof second === 'number' && third === undefined) {
      return asSeries(first, length).map((value) => value ?? second);
    }
    if (name === 'IF' && first !== undefined && second !== undefined && third !== undefined && rest.length === 0) {
      const [condition, yes, no] = [first, second, third].map((value) => asSeries(value, length));
      return condition!.map((value, i) => (value === undefined ? undefined : value === 0 ? no![i] : yes![i]));
    }
    const aggregate = AGGREGATES[name];
    if (aggregate !== undefined && typeof first === 'object' && 'list' in first && second === undefined) {
      return Array.from({ length }, (_, i) => {
        const values = first.list.map((series) => series[i]).filter((value) => value !== undefined);
        return values.length === 0 ? undefined : aggregate(values);
      });
    }
    throw this.unsupported(`${name}() with these arguments`);
  }

  private take(token: string): boolean {
    if (this.tokens[this.next] !== token) return false;
    this.next++;
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token))
      throw this.unsupported(`an expression without '${token}' before '${this.tokens[this.next] ?? 'its end'}'`);
  }

  private unsupported(what: string): UnsupportedAlarm {
    return new UnsupportedAlarm(`only a part of metric math is supported here, got ${what} in '${this.text}'`);
  }
}

function asSeries(value: MathValue, length: number): Series {
  if (typeof value === 'number') return Array.from({ length }, () => value);
  if ('list' in value)
    throw new UnsupportedAlarm('a list of series is supported here only inside of SUM, AVG, MAX and MIN');
  return value;
}

function elementwise(operator: (a: number, b: number) => number, a: MathValue, b: MathValue): MathValue {
  if (typeof a === 'number' && typeof b === 'number') return operator(a, b);
  const length = typeof a === 'number' ? asSeries(b, 0).length : asSeries(a, 0).length;
  const [left, right] = [asSeries(a, length), asSeries(b, length)];
  return left.map((x, i) => {
    const y = right[i];
    const value = x === undefined || y === undefined ? undefined : operator(x, y);
    return value === undefined || !Number.isFinite(value) ? undefined : value;
  });
}
