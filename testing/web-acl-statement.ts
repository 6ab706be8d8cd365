import type { JsonObject } from './cloud-api';
import { checkModelled } from './modelled';
import { STATEMENTS, WEB_ACL_RULE } from './modelled-web-acl';
import { list, object, only } from './web-acl-json';

/**
 * Checks that the simulator models a rule and its statement.
 * @throws Error that names the rule, and its first part that isn't modelled
 */
export function checkRule(rule: JsonObject): void {
  const where = `web ACL rule '${String(rule['Name'])}'`;
  checkModelled(rule, WEB_ACL_RULE, where);
  checkStatement(object(rule['Statement']), where);
}

function checkStatement(statement: JsonObject, where: string): void {
  const [kind, value] = only(statement);
  const shape = Object.hasOwn(STATEMENTS, kind) ? STATEMENTS[kind] : undefined;
  if (shape === undefined) throw new Error(`${where}: the simulator does not model ${kind}`);
  checkModelled(value, shape, `${where}.${kind}`);
  const inner = object(value);
  const nested = [inner['Statement'], inner['ScopeDownStatement'], ...list(inner['Statements'])];
  for (const next of nested) if (next !== undefined) checkStatement(object(next), where);
  if (kind === 'RegexMatchStatement') regularExpression(inner, where);
}

/**
 * Returns the regular expression of a statement.
 * @throws Error if JavaScript can't parse it
 */
export function regularExpression(statement: JsonObject, where: string): RegExp {
  try {
    return new RegExp(String(statement['RegexString']));
  } catch (error) {
    throw new Error(`${where}: the simulator can't parse the regular expression`, { cause: error });
  }
}

/**
 * Returns the search string of a byte match. It is base64 in answers of the API, and text in a
 * template.
 */
export function searchString(statement: JsonObject): string {
  const encoded = statement['SearchStringBase64'];
  const bytes = typeof encoded === 'string' ? Buffer.from(encoded, 'base64') : String(statement['SearchString']);
  return Buffer.from(bytes).toString('latin1');
}

export function byteMatches(text: string, search: string, constraint: string): boolean {
  switch (constraint) {
    case 'EXACTLY':
      return text === search;
    case 'STARTS_WITH':
      return text.startsWith(search);
    case 'ENDS_WITH':
      return text.endsWith(search);
    case 'CONTAINS':
      return text.includes(search);
    case 'CONTAINS_WORD':
      return new RegExp(`(^|[^A-Za-z0-9_])${search.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}($|[^A-Za-z0-9_])`).test(
        text,
      );
    default:
      throw new Error(`the simulator does not model the positional constraint ${constraint}`);
  }
}

export function compare(actual: number, operator: string, size: number): boolean {
  switch (operator) {
    case 'EQ':
      return actual === size;
    case 'NE':
      return actual !== size;
    case 'LE':
      return actual <= size;
    case 'LT':
      return actual < size;
    case 'GE':
      return actual >= size;
    case 'GT':
      return actual > size;
    default:
      throw new Error(`the simulator does not model the comparison operator ${operator}`);
  }
}

/**
 * Whether a request has a label. The key is the label's full name, its last part or its namespace.
 */
export function labelMatches(labels: ReadonlySet<string>, scope: string, key: string): boolean {
  return [...labels].some((label) =>
    scope === 'NAMESPACE' ? `:${label}`.includes(`:${key}`) : label === key || label.endsWith(`:${key}`),
  );
}
