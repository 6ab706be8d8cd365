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
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return { value: result.value };
  return {
    issues: result.issues.slice(0, MAX_ISSUES).map((issue) => {
      const keys = (issue.path ?? []).map((step) => (typeof step === 'object' ? step.key : step));
      return { path: renderPath(keys), message: issue.message, got: renderValue(valueAt(value, keys)) };
    }),
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
