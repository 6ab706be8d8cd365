import type { Json, JsonObject } from './cloud-api';

/** The one entry of a statement or field: its kind, and what it says of it. */
export function only(value: JsonObject): [string, Json] {
  const [entry] = Object.entries(value);
  if (entry === undefined) throw new Error('a web ACL statement is empty');
  return entry;
}

/** The value if it is an object, else an empty one. */
export function object(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** The value if it is a list, else an empty one. */
export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
