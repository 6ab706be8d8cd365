import { type Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { invalid } from './breakwater-error';

/** What was got, for a message. Not every caller's language checks types, so it may be anything. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object' || value === null) return String(value);
  const name = value.constructor?.name ?? 'Object';
  return name === 'Object' ? 'an object' : `an instance of ${name}`;
}

/** Fails where a value that synth must know is a token; `why` says what it decides. */
export function requireLiteral(scope: IConstruct, prop: string, value: unknown, why: string): void {
  if (Token.isUnresolved(value) || (value as Duration | undefined)?.isUnresolved?.()) {
    throw invalid(scope, prop, `must be a literal, got a token: ${why}`);
  }
}

/** Fails unless an optional number is a whole one within limits. Tokens are refused too: a limit can't be checked later. */
export function requireInteger(
  scope: IConstruct,
  prop: string,
  value: number | undefined,
  min: number,
  max: number,
): void {
  if (value === undefined) return;
  requireLiteral(scope, prop, value, 'its limits are checked at synth');
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalid(scope, prop, `must be a whole number from ${min} to ${max}, got ${shown(value)}`);
  }
}

/** Fails unless a name fits a pattern; `rule` says the pattern in words. */
export function requireName(scope: IConstruct, prop: string, value: string, pattern: RegExp, rule: string): void {
  requireLiteral(scope, prop, value, 'names are used at synth');
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw invalid(scope, prop, `must be ${rule}, got ${shown(value)}`);
  }
}
