import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { WAF } from '../../limits';

const { UNITS } = WAF;

type Statement = CfnWebACL.StatementProperty;
type Field = CfnWebACL.FieldToMatchProperty;

const AS_SENT = [{ priority: 0, type: 'NONE' }];
const LOWER_CASE = [{ priority: 0, type: 'LOWERCASE' }];

export const METHOD: Field = { method: {} };
export const URI_PATH: Field = { uriPath: {} };
export const QUERY_STRING: Field = { queryString: {} };
/**
 * The body. If a body is larger than the size that WAF inspects, each statement about it matches.
 * So rules for large bodies match such a body.
 */
export const BODY: Field = { body: { oversizeHandling: 'MATCH' } };

/**
 * A header field. `Name` begins with a capital letter, because the CDK passes this object to
 * CloudFormation unchanged.
 */
export function header(name: string): Field {
  return { singleHeader: { Name: name } };
}

export function equals(fieldToMatch: Field, searchString: string): Statement {
  return {
    byteMatchStatement: { fieldToMatch, searchString, positionalConstraint: 'EXACTLY', textTransformations: AS_SENT },
  };
}

export function matches(fieldToMatch: Field, regexString: string): Statement {
  return { regexMatchStatement: { fieldToMatch, regexString, textTransformations: AS_SENT } };
}

export function matchesInLowerCase(fieldToMatch: Field, regexString: string): Statement {
  return { regexMatchStatement: { fieldToMatch, regexString, textTransformations: LOWER_CASE } };
}

/**
 * Matches if a field is larger than a number of bytes. For "at most this size", use
 * `not(larger(...))`, which also matches if the field is absent.
 */
export function larger(fieldToMatch: Field, size: number): Statement {
  return {
    sizeConstraintStatement: { fieldToMatch, comparisonOperator: 'GT', size, textTransformations: AS_SENT },
  };
}

export function hasLabel(key: string): Statement {
  return { labelMatchStatement: { scope: 'LABEL', key } };
}

export function not(statement: Statement): Statement {
  return { notStatement: { statement } };
}

/**
 * Matches if all statements match. A single statement is returned unchanged, because WAF's `and`
 * requires two.
 */
export function all(...statements: Statement[]): Statement {
  return statements.length === 1 ? statements[0]! : { andStatement: { statements } };
}

/** Matches if at least one of the statements matches. */
export function any(...statements: Statement[]): Statement {
  return statements.length === 1 ? statements[0]! : { orStatement: { statements } };
}

/** Escapes a path, name or media type for a regular expression. */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * Joins alternatives into anchored regular expressions, and fills each up to WAF's maximum length.
 * The expressions use non-capturing groups, because WAF refuses capturing groups.
 * @throws Error if a single alternative is too long
 */
export function alternatives(parts: readonly string[]): string[] {
  const wrap = (list: readonly string[]) => `^(?:${list.join('|')})$`;
  const chunks: string[][] = [];
  for (const part of parts) {
    if (wrap([part]).length > WAF.MAX_REGEX_CHARACTERS) {
      throw new Error(
        `must fit into a regular expression of ${WAF.MAX_REGEX_CHARACTERS} characters, got ${part.length}: ${part.slice(0, 60)}...`,
      );
    }
    const last = chunks.at(-1);
    if (last && wrap([...last, part]).length <= WAF.MAX_REGEX_CHARACTERS) last.push(part);
    else chunks.push([part]);
  }
  return chunks.map(wrap);
}

/** Capacity units of a statement. It must be made by a function of this file. */
export function capacityOf(statement: Statement): number {
  const transformed = (s: { textTransformations: unknown }) =>
    (s.textTransformations as typeof AS_SENT).filter((t) => t.type !== 'NONE').length * UNITS.transformation;
  const inner = (s: unknown) => capacityOf(s as Statement);
  const sum = (s: unknown) => (s as Statement[]).reduce((total, one) => total + capacityOf(one), 0);
  if (statement.byteMatchStatement) {
    return UNITS.exactMatch + transformed(statement.byteMatchStatement as CfnWebACL.ByteMatchStatementProperty);
  }
  if (statement.regexMatchStatement) {
    return UNITS.regex + transformed(statement.regexMatchStatement as CfnWebACL.RegexMatchStatementProperty);
  }
  if (statement.sizeConstraintStatement) return UNITS.size;
  if (statement.labelMatchStatement) return UNITS.label;
  if (statement.rateBasedStatement) return UNITS.rate;
  if (statement.notStatement) return inner((statement.notStatement as CfnWebACL.NotStatementProperty).statement);
  if (statement.andStatement) return sum((statement.andStatement as CfnWebACL.AndStatementProperty).statements);
  if (statement.orStatement) return sum((statement.orStatement as CfnWebACL.OrStatementProperty).statements);
  throw new Error(`the capacity of ${Object.keys(statement).join(', ')} is unknown`);
}
