/**
 * Schemas of request bodies and messages. This module loads in less than a millisecond. The schemas
 * implement Standard Schema v1, so schemas of other libraries with that interface (valibot, zod,
 * arktype) can replace them.
 */
import type { SchemaIssue, SchemaResult, StandardSchemaV1 } from './standard-schema';
import { isWellFormed } from './well-formed';

/** A schema with a synchronous check. */
export interface Schema<Output> extends StandardSchemaV1<unknown, Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** A schema for an optional field of an object. */
export interface OptionalSchema<Output> extends Schema<Output | undefined> {
  readonly optional: true;
}

/** The type of a schema's checked values. */
export type Infer<S> = S extends StandardSchemaV1<infer _, infer Output> ? Output : never;

type Fields = Readonly<Record<string, Schema<unknown>>>;
type OptionalNames<F extends Fields> = { [K in keyof F]: F[K] extends OptionalSchema<unknown> ? K : never }[keyof F];
type ObjectOf<F extends Fields> = { [K in Exclude<keyof F, OptionalNames<F>>]: Infer<F[K]> } & {
  [K in OptionalNames<F>]?: Infer<F[K]>;
};

const VENDOR = 'breakwater';
/**
 * Maximum number of reported faults. Without this limit, a body of 64 KiB could cause thousands of
 * them.
 */
const MAX_ISSUES = 100;

/**
 * Makes a schema from a function.
 * @param validate checks a value; it returns the value or its faults
 */
export function from<Output>(validate: (value: unknown) => SchemaResult<Output>): Schema<Output> {
  return { '~standard': { version: 1, vendor: VENDOR, validate } };
}

/** Limits of a string. */
export interface StringLimits {
  /** Minimum length in UTF-16 units. @default 0 */
  readonly min?: number;
  /** Maximum length in UTF-16 units. @default 1024 */
  readonly max?: number;
  /**
   * Regular expression that must match. It may match any part of the string, unless it has `^` and
   * `$`.
   */
  readonly pattern?: RegExp;
  /** Description of the pattern for messages: `a SKU`. @default the pattern */
  readonly name?: string;
}

/** A string without lone surrogates, because UTF-8 can't store them. */
export function string(limits: StringLimits = {}): Schema<string> {
  const { min = 0, max = 1024, pattern, name } = limits;
  // The flags `g` and `y` are removed, because such an expression keeps its position between calls.
  const matcher = pattern && new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  return from((value) => {
    if (typeof value !== 'string' || !isWellFormed(value)) return fail('must be a string');
    if (value.length < min || value.length > max) return fail(`must have ${min} to ${max} characters`);
    if (matcher !== undefined && !matcher.test(value)) return fail(`must be ${name ?? `like ${matcher.source}`}`);
    return { value };
  });
}

/** Bounds of a number, both included. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** An integer that JavaScript represents exactly. */
export function integer(bounds: Bounds = {}): Schema<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = bounds;
  return from((value) => {
    if (!Number.isSafeInteger(value)) return fail('must be a whole number');
    if ((value as number) < min || (value as number) > max) return fail(`must be ${range(bounds)}`);
    return { value: value as number };
  });
}

/** A finite number, for measurements. Use `decimal` for money, because it keeps each digit. */
export function number(bounds: Bounds = {}): Schema<number> {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = bounds;
  return from((value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return fail('must be a number');
    return value < min || value > max ? fail(`must be ${range(bounds)}`) : { value };
  });
}

/** Limits of a decimal. */
export interface DecimalLimits {
  /** Digits after the point. @default 2 */
  readonly scale?: number;
  /** Digits before the point. @default 12 */
  readonly digits?: number;
  /** @default false */
  readonly negative?: boolean;
  /** @default true */
  readonly zero?: boolean;
}

/** An amount as a string, `"12.50"`. It is exact, because it is never converted to a number. */
export function decimal(limits: DecimalLimits = {}): Schema<string> {
  const { scale = 2, digits = 12, negative = false, zero = true } = limits;
  const fraction = scale === 0 ? '' : `(\\.\\d{1,${scale}})?`;
  const pattern = new RegExp(`^${negative ? '-?' : ''}(0|[1-9]\\d{0,${digits - 1}})${fraction}$`);
  const example = scale === 0 ? '12' : `12.${'5'.padEnd(scale, '0')}`;
  return from((value) => {
    if (typeof value !== 'string' || !pattern.test(value)) {
      return fail(
        `must be a decimal in a string like "${example}", at most ${digits} digits before and ${scale} after the point`,
      );
    }
    const isZero = !/[1-9]/.test(value);
    if (isZero && (!zero || value.startsWith('-')))
      return fail(zero ? 'must not be negative zero' : 'must not be zero');
    return { value };
  });
}

export function boolean(): Schema<boolean> {
  return from((value) => (typeof value === 'boolean' ? { value } : fail('must be true or false')));
}

/** One of the given values. */
export function oneOf<const T extends string | number | boolean>(...allowed: readonly T[]): Schema<T> {
  return from((value) =>
    allowed.includes(value as T)
      ? { value: value as T }
      : fail(`must be one of ${allowed.map((a) => JSON.stringify(a)).join(', ')}`),
  );
}

/** Limits of a list. */
export interface ArrayLimits {
  /** @default 0 */
  readonly min?: number;
  /** @default 1000 */
  readonly max?: number;
}

/** A list of valid members. */
export function array<T>(member: Schema<T>, limits: ArrayLimits = {}): Schema<T[]> {
  const { min = 0, max = 1000 } = limits;
  return from((value) => {
    if (!Array.isArray(value)) return fail('must be a list');
    if (value.length < min || value.length > max) return fail(`must have ${min} to ${max} members`);
    const issues: SchemaIssue[] = [];
    const checked: T[] = [];
    for (let i = 0; i < value.length && issues.length < MAX_ISSUES; i++) {
      const result = member['~standard'].validate(value[i]);
      if (result.issues === undefined) checked.push(result.value);
      else issues.push(...below(i, result.issues));
    }
    return issues.length > 0 ? { issues } : { value: checked };
  });
}

/** An object with these fields and no others. */
export function object<F extends Fields>(fields: F): Schema<ObjectOf<F>> {
  const entries = Object.entries(fields);
  return from((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('must be an object');
    const issues: SchemaIssue[] = [];
    const checked: Record<string, unknown> = {};
    for (const [name, schema] of entries) {
      const present = Object.hasOwn(value, name);
      if (!present && isOptional(schema)) continue;
      const result = schema['~standard'].validate(present ? (value as Record<string, unknown>)[name] : undefined);
      if (result.issues === undefined) {
        if (name === '__proto__') define(checked, name, result.value);
        else checked[name] = result.value;
      } else issues.push(...below(name, result.issues));
    }
    for (const name of Object.keys(value)) {
      if (issues.length >= MAX_ISSUES) break;
      if (!Object.hasOwn(fields, name)) issues.push({ message: 'is not a known field', path: [name] });
    }
    return issues.length > 0 ? { issues } : { value: checked as ObjectOf<F> };
  });
}

/** A field that may be absent. `null` doesn't count as absent. */
export function optional<T>(schema: Schema<T>): OptionalSchema<T> {
  const inner = schema['~standard'].validate;
  return {
    ...from<T | undefined>((value) => (value === undefined ? { value: undefined } : inner(value))),
    optional: true,
  };
}

/** Adds a rule to a schema. */
export function refine<T>(schema: Schema<T>, holds: (value: T) => boolean, message: string): Schema<T> {
  return from((value) => {
    const result = schema['~standard'].validate(value);
    return result.issues === undefined && !holds(result.value) ? fail(message) : result;
  });
}

/**
 * Defines a field, also one named `__proto__`. An assignment to `__proto__` would set the prototype
 * instead.
 */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

function isOptional(schema: Schema<unknown>): boolean {
  return (schema as Partial<OptionalSchema<unknown>>).optional === true;
}

function fail(message: string): { readonly issues: readonly SchemaIssue[] } {
  return { issues: [{ message }] };
}

function below(key: PropertyKey, issues: readonly SchemaIssue[]): SchemaIssue[] {
  return issues.map((issue) => ({ message: issue.message, path: [key, ...(issue.path ?? [])] }));
}

function range({ min, max }: Bounds): string {
  if (max === undefined) return `at least ${min ?? Number.MIN_SAFE_INTEGER}`;
  return `${min === undefined ? 'at most' : `from ${min} to`} ${max}`;
}
