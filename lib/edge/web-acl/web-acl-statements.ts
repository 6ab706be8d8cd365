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
/** What a web ACL can't see of a body counts as a match: a rule that looks for too much finds it. */
export const BODY: Field = { body: { oversizeHandling: 'MATCH' } };

/** A header; the name's key has a capital letter, since CloudFormation takes this object as it is. */
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

/** Larger than a number of bytes. "Not larger" is `not(larger(...))`: right also where a request lacks the part and no statement matches. */
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

/** All of them; one alone stays as it is, since WAF wants two. */
export function all(...statements: Statement[]): Statement {
  return statements.length === 1 ? statements[0]! : { andStatement: { statements } };
}

/** One of them. */
export function any(...statements: Statement[]): Statement {
  return statements.length === 1 ? statements[0]! : { orStatement: { statements } };
}

/** Escapes what has a meaning in a regular expression, of the characters that paths, names and media types have. */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * As few anchored expressions as hold all alternatives, each within WAF's length. Groups don't capture: WAF refuses those that do.
 * @throws Error if one alternative alone is too long
 */
export function alternatives(parts: readonly string[]): string[] {
  const wrap = (list: readonly string[]) => `^(?:${list.join('|')})$`;
  const chunks: string[][] = [];
  for (const part of parts) {
    if (wrap([part]).length > WAF.MAX_REGEX_CHARACTERS) {
      throw new Error(
        `must fit a regular expression of ${WAF.MAX_REGEX_CHARACTERS} characters, got ${part.length}: ${part.slice(0, 60)}...`,
      );
    }
    const last = chunks.at(-1);
    if (last && wrap([...last, part]).length <= WAF.MAX_REGEX_CHARACTERS) last.push(part);
    else chunks.push([part]);
  }
  return chunks.map(wrap);
}

/** Capacity units of a statement made here. */
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
  throw new Error(`capacity of ${Object.keys(statement).join(', ')} isn't known`);
}
