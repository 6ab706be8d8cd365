/** Names of fields in code. Names with four digits are IDs more often than names. */
const NAME = /^(?!(?:.*\d){4})[A-Za-z_$][A-Za-z0-9_$]{0,39}$/;
/** Maximum fields of an object whose names are shown. An object with more is a map of values. */
const MAX_NAMES = 20;

/** Shown instead of a name that may be a value. */
const HIDDEN_NAME = '*';

/**
 * A field's name for logs and lists, which must contain no values of persons. Objects may have
 * values as keys, such as addresses.
 * @param of the object with the field. If it lacks the field, the name comes from a schema
 */
export function shownName(name: string, of: unknown): string {
  if (!NAME.test(name)) return HIDDEN_NAME;
  const isOfMap =
    typeof of === 'object' && of !== null && Object.hasOwn(of, name) && Object.keys(of).length > MAX_NAMES;
  return isOfMap ? HIDDEN_NAME : name;
}
