import { type Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { BreakwaterError, invalid } from './breakwater-error';

/**
 * Returns a text for a value, for error messages. The value can have any type, because not every
 * caller has a type checker.
 */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object' || value === null) return String(value);
  const name = value.constructor?.name ?? 'Object';
  return name === 'Object' ? 'an object' : `an instance of ${name}`;
}

/**
 * Throws if a value is a CDK token, although synth must know the value. `why` is the reason, for
 * the error.
 */
export function requireLiteral(scope: IConstruct, prop: string, value: unknown, why: string): void {
  if (Token.isUnresolved(value) || (value as Duration | undefined)?.isUnresolved?.()) {
    throw invalid(scope, prop, `must be a literal, got a token: ${why}`);
  }
}

/**
 * Throws if an optional number isn't an integer within limits. Tokens are refused, because no later
 * check would see their values.
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

/** Throws if a name doesn't match a pattern. `rule` describes the pattern in words. */
export function requireName(scope: IConstruct, prop: string, value: string, pattern: RegExp, rule: string): void {
  requireLiteral(scope, prop, value, 'names are used at synth');
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw invalid(scope, prop, `must be ${rule}, got ${shown(value)}`);
  }
}

/** A class. Its constructor may be private. */
export interface ClassLike {
  readonly name: string;
  [Symbol.hasInstance](value: unknown): boolean;
}

/**
 * Throws if an optional value isn't an instance of a class. For example, callers without a type
 * checker may pass the string `'sandbox'` instead of a profile.
 * @param uses how to get an instance: `use Scaling.onDemand() or Scaling.reserved()`
 */
export function requireInstance(scope: IConstruct, prop: string, value: unknown, type: ClassLike, uses: string): void {
  if (value === undefined || value instanceof type || isCopyOf(value, type)) return;
  throw invalid(scope, prop, `must be ${withArticle(type.name)}, got ${shown(value)}; ${uses}`);
}

/** `requireInstance` for a value that must be given, such as an argument of a method. */
export function requirePart(scope: IConstruct, prop: string, value: unknown, type: ClassLike, uses: string): void {
  if (value === undefined) throw invalid(scope, prop, `must be ${withArticle(type.name)}, got nothing; ${uses}`);
  requireInstance(scope, prop, value, type, uses);
}

/**
 * Fails unless an optional value has a member. It is for the CDK's interfaces, of which JavaScript
 * keeps no names.
 * @param name name of the interface
 * @param member name of a member that all its implementations have
 */
export function requireMember(scope: IConstruct, prop: string, value: unknown, name: string, member: string): void {
  if (value === undefined || (typeof value === 'object' && value !== null && member in value)) return;
  throw invalid(scope, prop, `must be ${withArticle(name)}, got ${shown(value)}`);
}

/** Fails unless an optional value maps names to texts. */
export function requireTexts(scope: IConstruct, prop: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(scope, prop, `must map names to texts, got ${shown(value)}`);
  }
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw invalid(scope, `${prop} '${name}'`, `must be a text, got ${shown(text)}`);
  }
}

/** Fails unless an optional value is true or false. */
export function requireBoolean(scope: IConstruct, prop: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw invalid(scope, prop, `must be true or false, got ${shown(value)}`);
}

/**
 * Whether the value is an instance of a class with the same name. An app may contain two copies of
 * this library, and jsii may pass a proxy.
 */
function isCopyOf(value: unknown, type: ClassLike): boolean {
  let prototype = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : null;
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    if (prototype.constructor?.name === type.name) return true;
  }
  return false;
}

/**
 * Throws if an optional value isn't a member of an enum. For example, callers may pass the text
 * 'FIFO' instead of `QueueKind.FIFO`.
 * @param name the enum's name, for the error
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
 * Throws if the grantee of a grant is missing or has a wrong type. Without this check, callers
 * without a type checker would get a TypeError that doesn't name the construct.
 */
export function requireGrantee(scope: IConstruct, grantee: unknown): void {
  if (typeof grantee === 'object' && grantee !== null && 'grantPrincipal' in grantee) return;
  throw invalid(
    scope,
    'grantee',
    `must be a module, worker, function or role, got ${shown(grantee)}; pass the construct whose code needs the grant`,
  );
}

/** Throws if an optional value isn't a list. A string isn't a list, although it can be iterated. */
export function requireList(scope: IConstruct, prop: string, value: unknown): void {
  if (value === undefined || Array.isArray(value)) return;
  throw invalid(scope, prop, `must be a list, got ${shown(value)}`);
}

/**
 * Throws if the props or a required prop are missing. Without this check, callers without a type
 * checker would get a TypeError that names neither the construct nor the prop.
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

/**
 * Throws if the props contain an unknown name, for example a misspelt prop. `where` is the start of
 * the message.
 */
export function requireKnownProps(where: string, props: object, names: readonly string[]): void {
  requireObject(where, props);
  const unknown = Object.keys(props).filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new BreakwaterError(`${where}: props must be of ${names.join(', ')}, got ${unknown.join(', ')}`);
}

/** Throws if props aren't an object. `where` is the start of the message. */
export function requireObject(where: string, props: unknown): void {
  if (typeof props === 'object' && props !== null && !Array.isArray(props)) return;
  throw new BreakwaterError(`${where}: props must be an object, got ${shown(props)}`);
}

function withArticle(name: string): string {
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}
