import { shownName } from './field-names';

/**
 * Standard Schema v1 (https://standardschema.dev), the interface of valibot, zod, arktype and
 * `schema.ts`.
 */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type of a schema's checked values. */
export type Checked<S> = S extends StandardSchemaV1<infer _, infer Output> ? Output : unknown;

/** A fault of a body, as callers see it. */
export interface Issue {
  /** Path of the field: `lines[3].quantity`. Empty for the whole value. */
  readonly path: string;
  /** The requirement that the value violates: `must be a string`. */
  readonly message: string;
  /** The given value, as shortened JSON. */
  readonly got: string;
}

const MAX_GOT = 80;
const MAX_ISSUES = 20;

/**
 * Checks a value with any schema library, and describes its faults by path and value. It returns at
 * most 20 faults, because they are sent to the caller.
 */
export async function check<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
): Promise<{ readonly value: Output } | { readonly issues: readonly Issue[] }> {
  const result = await checkKeys(schema, value);
  if ('value' in result) return result;
  return {
    issues: result.faults.map(({ keys, message }) => ({
      path: renderPath(keys),
      message,
      got: renderValue(valueAt(value, keys)),
    })),
  };
}

/**
 * Checks a value, and returns the paths of its faults for logs. A name that may be a value is shown
 * as `*`.
 */
export async function checkForLog<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
): Promise<{ readonly value: Output } | { readonly paths: readonly string[] }> {
  const result = await checkKeys(schema, value);
  if ('value' in result) return result;
  const paths = result.faults.map(({ keys }) =>
    renderPath(
      keys.map((key, i) => (typeof key === 'string' ? shownName(key, valueAt(value, keys.slice(0, i))) : key)),
    ),
  );
  return { paths: [...new Set(paths)] };
}

/** A fault of a value, with the keys that lead to it. */
interface Fault {
  readonly keys: readonly PropertyKey[];
  readonly message: string;
}

async function checkKeys<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
): Promise<{ readonly value: Output } | { readonly faults: readonly Fault[] }> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return { value: result.value };
  return {
    faults: result.issues.slice(0, MAX_ISSUES).map(({ path = [], message }) => ({
      keys: path.map((step) => (typeof step === 'object' ? step.key : step)),
      message,
    })),
  };
}

function renderPath(keys: readonly PropertyKey[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    return path === '' ? String(key) : `${path}.${String(key)}`;
  }, '');
}

function valueAt(value: unknown, keys: readonly PropertyKey[]): unknown {
  let at: unknown = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

function renderValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = textOf(value);
  return text.length > MAX_GOT ? `${text.slice(0, MAX_GOT)}...` : text;
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    // JSON.parse supports deeper nesting than JSON.stringify.
    return `${typeof value} that is nested too deeply to show`;
  }
}
