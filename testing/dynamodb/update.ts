import { type Attribute, contentOf, invalid, type StoredItem, textOf, typeOf } from './attributes';
import { valueAt } from './expression';
import { addNumbers, subtractNumbers } from './numbers';
import { type Path, type Placeholders, Tokens } from './tokens';

const CLAUSES = ['SET', 'REMOVE', 'ADD', 'DELETE'];

/** An item after an update, and the names of the changed top-level attributes. */
export interface Updated {
  readonly item: StoredItem;
  readonly changed: readonly string[];
}

/** Applies an update expression to an item. Operands have their values from before the update. */
export function applyUpdate(expression: string, before: StoredItem, placeholders: Placeholders): Updated {
  const tokens = new Tokens(expression, placeholders);
  const after = structuredClone(before) as Record<string, Attribute>;
  const paths: Path[] = [];
  const clauses = new Set<string>();
  while (!tokens.atEnd) {
    const clause = tokens.take().toUpperCase();
    if (!CLAUSES.includes(clause)) throw tokens.fault(`token: ${clause}`);
    if (clauses.has(clause)) {
      throw invalid(`Invalid UpdateExpression: The "${clause}" section can only be used once in an update expression;`);
    }
    clauses.add(clause);
    do {
      const path = tokens.path();
      checkApart(path, paths);
      paths.push(path);
      apply(clause, path, tokens, before, after);
    } while (tokens.tryTake(','));
  }
  return { item: after, changed: paths.map(([name]) => String(name)) };
}

function apply(clause: string, path: Path, tokens: Tokens, before: StoredItem, after: Record<string, Attribute>): void {
  if (clause === 'SET') tokens.expect('=');
  replace(after, path, newValue(clause, path, tokens, before));
}

function newValue(clause: string, path: Path, tokens: Tokens, before: StoredItem): Attribute | undefined {
  if (clause === 'REMOVE') return undefined;
  if (clause === 'SET') return sum(tokens, before);
  const given = tokens.placeholders.value(tokens.take());
  const current = valueAt(before, path);
  return clause === 'ADD' ? added(current, given) : without(current, given);
}

/** @throws DynamoDbError if the path equals, contains or is within one of the other paths */
function checkApart(path: Path, others: readonly Path[]): void {
  const clash = others.some((other) => {
    const [short, long] = other.length < path.length ? [other, path] : [path, other];
    return short.every((step, i) => step === long[i]);
  });
  if (clash) {
    throw invalid('Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one');
  }
}

function sum(tokens: Tokens, before: StoredItem): Attribute {
  const first = operand(tokens, before);
  for (const [sign, combine] of [
    ['+', addNumbers],
    ['-', subtractNumbers],
  ] as const) {
    if (!tokens.tryTake(sign)) continue;
    return { N: combine(numberOf(first), numberOf(operand(tokens, before))) };
  }
  return first;
}

function operand(tokens: Tokens, before: StoredItem): Attribute {
  if (tokens.isCall) {
    const name = tokens.take();
    tokens.expect('(');
    const result = call(name, tokens, before);
    tokens.expect(')');
    return result;
  }
  if (tokens.next?.startsWith(':')) return tokens.placeholders.value(tokens.take());
  const value = valueAt(before, tokens.path());
  if (value === undefined) {
    throw invalid('The provided expression refers to an attribute that does not exist in the item');
  }
  return value;
}

function call(name: string, tokens: Tokens, before: StoredItem): Attribute {
  if (name === 'if_not_exists') {
    const current = valueAt(before, tokens.path());
    tokens.expect(',');
    const fallback = operand(tokens, before);
    return current ?? fallback;
  }
  if (name !== 'list_append') throw invalid(`Invalid UpdateExpression: Invalid function name; function: ${name}`);
  const first = listOf(operand(tokens, before));
  tokens.expect(',');
  return { L: [...first, ...listOf(operand(tokens, before))] };
}

function added(current: Attribute | undefined, given: Attribute): Attribute {
  if (typeOf(given) === 'N') return { N: addNumbers(current === undefined ? '0' : numberOf(current), numberOf(given)) };
  const members = membersOf(given);
  if (current !== undefined && typeOf(current) !== typeOf(given)) throw wrongType();
  return { [typeOf(given)]: [...new Set([...(current === undefined ? [] : membersOf(current)), ...members])] };
}

function without(current: Attribute | undefined, given: Attribute): Attribute | undefined {
  const removed = membersOf(given);
  if (current === undefined) return undefined;
  if (typeOf(current) !== typeOf(given)) throw wrongType();
  const rest = membersOf(current).filter((member) => !removed.includes(member));
  return rest.length === 0 ? undefined : { [typeOf(given)]: rest };
}

/**
 * Sets or removes the value at a path. If an index is beyond the end of a list, the value is
 * appended, because a list has no gaps.
 */
function replace(item: Record<string, Attribute>, path: Path, value: Attribute | undefined): void {
  const last = path.at(-1)!;
  const parent = path.length === 1 ? { M: item } : valueAt(item, path.slice(0, -1));
  const container: unknown = parent?.[typeof last === 'number' ? 'L' : 'M'];
  if (typeof container !== 'object' || container === null) {
    if (value === undefined) return;
    throw invalid('The document path provided in the update expression is invalid for update');
  }
  if (Array.isArray(container) && typeof last === 'number') {
    if (value === undefined) container.splice(last, 1);
    else container[Math.min(last, container.length)] = value;
    return;
  }
  const map = container as Record<string | number, Attribute>;
  if (value === undefined) delete map[last];
  else map[last] = value;
}

function numberOf(value: Attribute): string {
  if (typeOf(value) !== 'N') throw wrongType();
  return String(contentOf(value));
}

function listOf(value: Attribute): readonly Attribute[] {
  if (typeOf(value) !== 'L') throw wrongType();
  return contentOf(value) as Attribute[];
}

function membersOf(value: Attribute): readonly string[] {
  if (!['SS', 'NS', 'BS'].includes(typeOf(value))) throw wrongType();
  return contentOf(value) as string[];
}

function wrongType(): Error {
  return invalid('An operand in the update expression has an incorrect data type');
}

/** Whether two items have the same content. */
export function isSameItem(a: StoredItem | undefined, b: StoredItem | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && textOf(a[name]!) === textOf(b[name]!));
}
