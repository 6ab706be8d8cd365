import type { Json, JsonObject } from './cloud-api';

/**
 * Returns the kind and the settings of a statement or field. A statement or field has only this
 * entry.
 */
export function only(value: JsonObject): [string, Json] {
  const [entry] = Object.entries(value);
  if (entry === undefined) throw new Error('a web ACL statement is empty');
  return entry;
}

/** Returns the value if it is an object, else an empty object. */
export function object(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** Returns the value if it is a list, else an empty list. */
export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
