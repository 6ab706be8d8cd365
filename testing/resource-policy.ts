import type { PolicyDocument, PolicyStatement } from './model';

/** A call of an AWS service, for the evaluation of a resource policy. */
export interface PolicyQuestion {
  /** Service principal: `cloudfront.amazonaws.com`. */
  readonly service: string;
  readonly action: string;
  /** ARN of the resource. If it is absent, the resources of statements are ignored. */
  readonly resource?: string;
  /** Values of condition keys. The keys are in lower case: `aws:sourcearn`. */
  readonly context: Readonly<Record<string, string>>;
}

/**
 * Whether a resource policy allows a call: at least one statement allows it, and none denies it.
 */
export function policyAllows(policy: PolicyDocument, question: PolicyQuestion): boolean {
  const matching = policy.Statement.filter((statement) => matches(statement, question));
  return matching.some((s) => s.Effect === 'Allow') && !matching.some((s) => s.Effect === 'Deny');
}

function matches(statement: PolicyStatement, question: PolicyQuestion): boolean {
  const { Principal: principal } = statement;
  const services = principal === '*' ? ['*'] : typeof principal === 'object' ? namedServices(principal) : [];
  if (!services.some((name) => name === '*' || name === question.service)) return false;
  if (!list(statement.Action).some((pattern) => like(pattern, question.action, true))) return false;
  if (question.resource !== undefined && statement.Resource !== undefined) {
    if (!list(statement.Resource).some((pattern) => like(pattern, question.resource!))) return false;
  }
  return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) =>
      holds(operator, question.context[key.toLowerCase()], list(expected), statement.Effect),
    ),
  );
}

function namedServices(principal: Readonly<Record<string, string | readonly string[]>>): string[] {
  return [...list(principal['Service'] ?? []), ...list(principal['AWS'] ?? []).filter((name) => name === '*')];
}

function holds(
  operator: string,
  actual: string | undefined,
  expected: readonly string[],
  effect: 'Allow' | 'Deny',
): boolean {
  const base = operator.replace(/IfExists$/, '');
  if (actual === undefined) return base !== operator || base.startsWith('StringNot') || base.startsWith('ArnNot');
  switch (base) {
    case 'StringEquals':
      return expected.includes(actual);
    case 'StringNotEquals':
      return !expected.includes(actual);
    case 'Bool':
      return expected.some((value) => String(value).toLowerCase() === actual.toLowerCase());
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return expected.some((pattern) => like(pattern, actual));
    case 'StringNotLike':
    case 'ArnNotLike':
    case 'ArnNotEquals':
      return !expected.some((pattern) => like(pattern, actual));
    default:
      // With an unknown operator, an Allow never applies, and a Deny always applies.
      return effect === 'Deny';
  }
}

function like(pattern: string, value: string, ignoreCase = false): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, ignoreCase ? 'is' : 's').test(value);
}

function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
