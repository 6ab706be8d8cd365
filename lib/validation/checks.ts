import { type Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { BreakwaterError, invalid } from './breakwater-error';

/**
 * Text of a value for errors. The value can have any type, because not every caller has a type
 * checker.
 */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object' || value === null) return String(value);
  const name = value.constructor?.name ?? 'Object';
  return name === 'Object' ? 'an object' : `an instance of ${name}`;
}

/** Fails if a value that synth must know is a token. @param why the use of the value at synth */
export function requireLiteral(scope: IConstruct, prop: string, value: unknown, why: string): void {
  if (Token.isUnresolved(value) || (value as Duration | undefined)?.isUnresolved?.()) {
    throw invalid(scope, prop, `must be a literal, got a token: ${why}`);
  }
}

/**
 * Fails unless an optional number is an integer within limits. It refuses tokens, because nothing
 * would check their values later.
 */
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

/** Fails unless a name matches a pattern. @param rule the pattern in words */
export function requireName(scope: IConstruct, prop: string, value: string, pattern: RegExp, rule: string): void {
  requireLiteral(scope, prop, value, 'names are used at synth');
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw invalid(scope, prop, `must be ${rule}, got ${shown(value)}`);
  }
}

/** A class. Its constructor may be private. */
interface ClassLike {
  readonly name: string;
  [Symbol.hasInstance](value: unknown): boolean;
}

/**
 * Fails unless an optional value is an instance of a class. Callers without a type checker may pass
 * a string instead of the class's constant, such as `'sandbox'` for a profile.
 * @param uses how to get an instance: `use Scaling.onDemand() or Scaling.reserved()`
 */
export function requireInstance(scope: IConstruct, prop: string, value: unknown, type: ClassLike, uses: string): void {
  if (value === undefined || value instanceof type || isCopyOf(value, type)) return;
  throw invalid(scope, prop, `must be ${withArticle(type.name)}, got ${shown(value)}; ${uses}`);
}

/**
 * Whether a class of the same name made the value. An app may contain two copies of this library,
 * and jsii may pass a proxy.
 */
function isCopyOf(value: unknown, type: ClassLike): boolean {
  let prototype = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : null;
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    if (prototype.constructor?.name === type.name) return true;
  }
  return false;
}

/**
 * Fails unless an optional value is a member of an enum.
 * @param name the enum's name, for the error: callers may pass the text 'FIFO' instead of
 * `QueueKind.FIFO`
 * @param values the enum itself
 */
export function requireEnum(
  scope: IConstruct,
  prop: string,
  value: unknown,
  name: string,
  values: Record<string, string>,
): void {
  if (value === undefined || Object.values(values).includes(value as string)) return;
  const members = Object.keys(values).map((member) => `${name}.${member}`);
  const last = members.pop();
  const uses = members.length === 0 ? last : `${members.join(', ')} or ${last}`;
  throw invalid(scope, prop, `must be ${withArticle(name)}, got ${shown(value)}; use ${uses}`);
}

/**
 * Fails if the grantee of a grant is missing or of another type. Otherwise callers without a type
 * checker would get a TypeError that doesn't name the construct.
 */
export function requireGrantee(scope: IConstruct, grantee: unknown): void {
  if (typeof grantee === 'object' && grantee !== null && 'grantPrincipal' in grantee) return;
  throw invalid(
    scope,
    'grantee',
    `must be a module, worker, function or role, got ${shown(grantee)}; give the construct whose code uses it`,
  );
}

/** Fails unless an optional value is a list. It refuses strings, although they can be iterated. */
export function requireList(scope: IConstruct, prop: string, value: unknown): void {
  if (value === undefined || Array.isArray(value)) return;
  throw invalid(scope, prop, `must be a list, got ${shown(value)}`);
}

/**
 * Fails if the props or a required prop are missing. Otherwise callers without a type checker would
 * get a TypeError that names neither construct nor prop.
 */
export function requireProps<T extends object>(
  scope: IConstruct,
  props: T,
  ...names: readonly (keyof T & string)[]
): void {
  if (typeof props !== 'object' || props === null) {
    throw invalid(scope, 'props', `must be an object with ${names.join(', ')}, got ${shown(props)}`);
  }
  for (const name of names) {
    if (props[name] === undefined || props[name] === null) throw invalid(scope, name, 'must be given, got nothing');
  }
}

/** Fails if a prop doesn't exist, such as a misspelt one. @param where start of the message */
export function requireKnownProps(where: string, props: object, names: readonly string[]): void {
  const unknown = Object.keys(props).filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new BreakwaterError(`${where}: props must be of ${names.join(', ')}, got ${unknown.join(', ')}`);
}

function withArticle(name: string): string {
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}
