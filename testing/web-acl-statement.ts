import type { JsonObject } from './cloud-api';
import { list, object, only } from './web-acl-json';
import { knowsTransformation } from './web-acl-value';

const KNOWN_STATEMENTS = new Set([
  'AndStatement',
  'OrStatement',
  'NotStatement',
  'ByteMatchStatement',
  'RegexMatchStatement',
  'SizeConstraintStatement',
  'LabelMatchStatement',
  'RateBasedStatement',
  'ManagedRuleGroupStatement',
]);

/**
 * Looks through a statement and those inside of it.
 * @throws Error that names the rule and whatever isn't simulated
 */
export function checkStatement(statement: JsonObject, rule: string): void {
  const [kind, value] = only(statement);
  const inner = object(value);
  const nested = [
    ...list(inner['Statements']),
    ...(inner['Statement'] === undefined ? [] : [inner['Statement']]),
    ...(inner['ScopeDownStatement'] === undefined ? [] : [inner['ScopeDownStatement']]),
  ];
  for (const next of nested) checkStatement(object(next), rule);
  if (!KNOWN_STATEMENTS.has(kind)) throw new Error(`web ACL rule '${rule}': the statement ${kind} is not simulated`);
  for (const { Type: type } of list(inner['TextTransformations']).map(object)) {
    if (!knowsTransformation(String(type))) {
      throw new Error(`web ACL rule '${rule}': the text transformation ${String(type)} is not simulated`);
    }
  }
}

/** The text that a byte match looks for: the API tells it in base64, a template as it is. */
export function searchString(statement: JsonObject): string {
  const encoded = statement['SearchStringBase64'];
  return typeof encoded === 'string'
    ? Buffer.from(encoded, 'base64').toString('latin1')
    : String(statement['SearchString']);
}

/** @throws Error for a constraint that isn't simulated */
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
      throw new Error(`the positional constraint ${constraint} is not simulated`);
  }
}

/** @throws Error for an operator that isn't simulated */
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
      throw new Error(`the comparison operator ${operator} is not simulated`);
  }
}

/** Whether a request has a label, by its full name, its end or its namespace. */
export function labelMatches(labels: ReadonlySet<string>, scope: string, key: string): boolean {
  return [...labels].some((label) =>
    scope === 'NAMESPACE' ? `:${label}`.includes(`:${key}`) : label === key || label.endsWith(`:${key}`),
  );
}
