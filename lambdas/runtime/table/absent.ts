const TOKEN = /<>|<=|>=|[=<>(),]|[#:]?\w+(?:\[\d+\]|\.#?\w+)*/g;

/**
 * Whether a condition holds for an item that doesn't exist. All attributes of such an item are
 * absent, so only the comparison `<>` and the function `attribute_not_exists` hold.
 */
export function holdsForAbsent(expression: string): boolean {
  const tokens = expression.match(TOKEN) ?? [];
  let at = 0;
  const isNext = (word: string) => tokens[at]?.toUpperCase() === word;
  const take = (word: string) => {
    if (!isNext(word)) return false;
    at++;
    return true;
  };

  function anyOf(): boolean {
    let result = allOf();
    while (take('OR')) result = allOf() || result;
    return result;
  }
  function allOf(): boolean {
    let result = one();
    while (take('AND')) result = one() && result;
    return result;
  }
  function one(): boolean {
    if (take('NOT')) return !one();
    if (take('(')) {
      const result = anyOf();
      take(')');
      return result;
    }
    const first = operand();
    if (take('BETWEEN')) {
      operand();
      take('AND');
      operand();
      return false;
    }
    if (take('IN')) {
      operands();
      return false;
    }
    const operator = tokens[at];
    if (operator === undefined || !/^[<>=]/.test(operator)) return first === 'attribute_not_exists';
    at++;
    operand();
    return operator === '<>';
  }
  /** Reads a path, a value or a function call, and returns its first word. */
  function operand(): string | undefined {
    const word = tokens[at++];
    operands();
    return word;
  }
  /** Reads a list in brackets, if there is one. */
  function operands(): void {
    if (!take('(')) return;
    while (at < tokens.length && !take(')')) if (!take(',')) operand();
  }
  return anyOf();
}
