import { type Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { invalid } from './breakwater-error';

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
    throw invalid(scope, prop, `must be a whole number from ${min} to ${max}, got ${value}`);
  }
}

/** Fails unless a name fits a pattern; `rule` says the pattern in words. */
export function requireName(scope: IConstruct, prop: string, value: string, pattern: RegExp, rule: string): void {
  requireLiteral(scope, prop, value, 'names are used at synth');
  if (!pattern.test(value)) throw invalid(scope, prop, `must be ${rule}, got '${value}'`);
}
